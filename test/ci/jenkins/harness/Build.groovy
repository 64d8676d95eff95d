import groovy.io.FileType
import java.nio.file.Path
import java.nio.file.PathMatcher
import java.util.concurrent.TimeUnit
import java.util.concurrent.locks.ReentrantLock
import org.codehaus.groovy.control.CompilerConfiguration

/** One build: where its steps run, with what around them. Its code runs on one thread at a time, which changes hands while steps wait. */
class Build {

    private static final int STOP_LIMIT_S = 20

    final Map setup
    final List<Map> calls = Collections.synchronizedList([])
    final Map currentBuild = [result: null]
    private final ReentrantLock vm = new ReentrantLock(true)
    private final InheritableThreadLocal<Map> context = new InheritableThreadLocal<>()
    private final Map<String, Object> variables = [:]
    private final Set<Map> running = Collections.synchronizedSet(new LinkedHashSet())
    private final Set<Map> busy = Collections.synchronizedSet(new LinkedHashSet())
    private final GroovyClassLoader loader
    private final CompilerConfiguration configuration
    private int workspaces = 0

    Build(Map setup) {
        this.setup = setup
        configuration = new CompilerConfiguration(scriptBaseClass: PipelineScript.name)
        loader = new GroovyClassLoader(this.class.classLoader, configuration)
        loader.addClasspath("${setup.library}/src")
        context.set([environment: new LinkedHashMap<String, String>((Map) setup.environment), agent: null, workspace: null, interrupted: null])
        PipelineScript.build = this
    }

    /** Runs a pipeline to its end. @return its result */
    String run(File pipeline) {
        vm.lock()
        try {
            new GroovyShell(loader, new Binding(), configuration).parse(pipeline).run()
        } catch (Interrupted interrupted) {
            worsen('ABORTED')
            log("ended: ${interrupted.reason}")
        } catch (Throwable error) {
            worsen('FAILURE')
            log("ERROR: ${error.class.simpleName}: ${error.message}")
        } finally {
            vm.unlock()
        }
        return currentBuild.result ?: 'SUCCESS'
    }

    void worsen(String result) {
        List<String> order = [null, 'SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
        if (order.indexOf(result) > order.indexOf(currentBuild.result)) {
            currentBuild.result = result
        }
    }

    void log(String line) {
        System.out.println(line)
    }

    /** What a name without parentheses means in a pipeline. */
    Object get(String name) {
        switch (name) {
            case 'env': return new EnvironmentView(this)
            case 'currentBuild': return currentBuild
            case 'scm': return 'the repository'
        }
        Object variable = variable(name)
        if (variable == null) {
            throw new MissingPropertyException("No such property: ${name}")
        }
        return variable
    }

    String environment(String name) {
        return context.get().environment[name]
    }

    Object call(String name, List args) {
        Object variable = variable(name)
        if (variable != null) {
            return variable.invokeMethod('call', args as Object[])
        }
        if (!Signatures.STEPS.containsKey(name) || ((List) setup.withoutSteps).contains(name)) {
            throw new NoSuchMethodError("No such DSL method '${name}' found among steps ${Signatures.STEPS.keySet()}")
        }
        refuseInNonCps(name)
        Map<String, Object> bound = Signatures.bind(name, args)
        Map here = context.get()
        calls << ([step: name] + bound.findAll { key, value -> key != '{}' && name != 'parallel' && !(value instanceof Closure) } +
            [secrets: here.environment.findAll { key, value -> value in setup.credentials.values() }.keySet() as List])
        raise(here)
        return "do${name.capitalize()}"(bound)
    }

    /** Jenkins runs such a method without stopping, so that a step in it never comes back. */
    private void refuseInNonCps(String step) {
        List<Class> classes = loader.loadedClasses.toList() + variables.values()*.class
        for (StackTraceElement frame : Thread.currentThread().stackTrace) {
            Class owner = classes.find { it.name == frame.className }
            if (owner?.declaredMethods?.any { it.name == frame.methodName && it.annotations.any { mark -> mark.annotationType().simpleName == 'NonCPS' } }) {
                throw new IllegalStateException("the step ${step} was called in ${frame.className}.${frame.methodName}, which is @NonCPS")
            }
        }
    }

    private void raise(Map here) {
        String cause = here.interrupted
        if (cause != null) {
            here.interrupted = null
            throw new Interrupted(cause)
        }
    }

    private Object variable(String name) {
        File file = new File("${setup.library}/vars/${name}.groovy")
        if (!variables.containsKey(name) && file.exists()) {
            variables[name] = new GroovyShell(loader, new Binding(), configuration).parse(file)
        }
        return variables[name]
    }

    /** Lets the other branches run while something takes its time. */
    private <T> T waiting(Closure<T> body) {
        vm.unlock()
        try {
            return body()
        } finally {
            vm.lock()
        }
    }

    private Object within(Map changes, Closure body) {
        Map before = context.get()
        context.set(before + changes)
        try {
            return body()
        } finally {
            before.interrupted = before.interrupted ?: context.get().interrupted
            context.set(before)
        }
    }

    /** Interrupts what runs: what is aborted gets SIGTERM and some time, what is lost or killed gets none. */
    void interrupt(String what, String index) {
        synchronized (running) {
            running.findAll { index == null || it.index == index }.each { step ->
                if (what != 'kill') {
                    step.cause = what == 'lose' ? 'the agent was lost' : 'aborted'
                }
                Processes.signal((String) step.cookie, what == 'abort' ? 'TERM' : 'KILL')
            }
        }
    }

    private Object doEcho(Map given) { log("${given.message}") }

    private Object doError(Map given) { throw new Exception("${given.message}") }

    private Object doUnstable(Map given) { worsen('UNSTABLE'); log("WARNING: ${given.message}") }

    private Object doIsUnix(Map given) { return !context.get().agent.windows }

    private Object doPwd(Map given) { return context.get().workspace.path + (given.tmp ? '@tmp' : '') }

    private Object doString(Map given) { return given }

    private Object doAgent(Map given) { return 'agent' }

    private Object doNonresumable(Map given) { return 'nonresumable' }

    private Object doStage(Map given) { return given['{}']() }

    private Object doReadFile(Map given) { return file((String) given.file).getText((String) given.encoding ?: 'UTF-8') }

    private Object doWriteFile(Map given) {
        File target = file((String) given.file)
        target.parentFile.mkdirs()
        target.setText((String) given.text, (String) given.encoding ?: 'UTF-8')
    }

    private Object doFileExists(Map given) { return file((String) given.file).exists() }

    private Object doDir(Map given) { return within([workspace: file((String) given.path)], (Closure) given['{}']) }

    private File file(String path) {
        return new File(path).absolute ? new File(path) : new File((File) context.get().workspace, path)
    }

    private Object doCheckout(Map given) {
        log("checkout ${given.scm}")
        ['cp', '-a', "${setup.checkout}/.".toString(), context.get().workspace.path].execute().waitFor()
    }

    private Object doWithEnv(Map given) {
        Map<String, String> changed = [:]
        given.overrides.each { String pair -> changed[pair.substring(0, pair.indexOf('='))] = pair.substring(pair.indexOf('=') + 1) }
        return within([environment: context.get().environment + changed], (Closure) given['{}'])
    }

    private Object doWithCredentials(Map given) {
        Map<String, String> changed = [:]
        given.bindings.each { binding ->
            String secret = setup.credentials[binding.credentialsId]
            if (secret == null) {
                throw new Exception("Could not find credentials entry with ID '${binding.credentialsId}'")
            }
            changed[(String) binding.variable] = secret
        }
        return within([environment: context.get().environment + changed], (Closure) given['{}'])
    }

    private Object doNode(Map given) {
        Map agent = waiting { agentFor((String) given.label) }
        File workspace = new File((String) setup.root, "workspace-${++workspaces}")
        workspace.mkdirs()
        log("Running on ${agent.name} in ${workspace}")
        try {
            return within([agent: agent, workspace: workspace, environment: context.get().environment + [NODE_NAME: agent.name, WORKSPACE: workspace.path]], (Closure) given['{}'])
        } finally {
            busy.remove(agent)
        }
    }

    private Map agentFor(String label) {
        List<Map> fitting = setup.agents.findAll { label == null || label in it.labels }
        if (!fitting) {
            throw new IllegalStateException("no agent has the label ${label}: this would wait for ever")
        }
        while (true) {
            synchronized (busy) {
                Map free = fitting.find { !(it in busy) }
                if (free != null) {
                    busy << free
                    return free
                }
            }
            Thread.sleep(10)
        }
    }

    private Object doParallel(Map branches) {
        Map<String, Throwable> failures = Collections.synchronizedMap([:])
        Map here = context.get()
        List<Thread> threads = branches.collect { name, body ->
            Thread.start("${name}") {
                vm.lock()
                try {
                    context.set(new LinkedHashMap(here))
                    body()
                } catch (Throwable error) {
                    log("Failed in branch ${name}: ${error.message}")
                    failures["${name}"] = error
                } finally {
                    vm.unlock()
                }
            }
        }
        waiting { threads*.join() }
        if (failures) {
            throw failures.values().find { it instanceof Interrupted } ?: failures.values().first()
        }
    }

    private Object doRetry(Map given) {
        int left = (int) given.count
        while (true) {
            try {
                return given['{}']()
            } catch (Interrupted interrupted) {
                left--
                if (interrupted.reason != 'the agent was lost' || !given.conditions?.contains('agent') || left == 0) {
                    throw interrupted
                }
                log('Retrying')
            }
        }
    }

    private Object doTimeout(Map given) {
        Map here = context.get()
        long limit_ms = TimeUnit.valueOf((String) given.unit ?: 'MINUTES').toMillis((long) given.time)
        Timer timer = new Timer(true)
        timer.runAfter((int) limit_ms) { interrupt('abort', null) }
        try {
            return given['{}']()
        } finally {
            timer.cancel()
        }
    }

    private Object doJunit(Map given) {
        List<String> files = matching((String) given.testResults)
        if (!files && !given.allowEmptyResults) {
            throw new Exception('No test report files were found. Configuration error?')
        }
        Map counts = [totalCount: 0, failCount: 0, skipCount: 0]
        files.each { path ->
            new XmlSlurper().parse(file(path)).'**'.findAll { it.name() == 'testcase' }.each { one ->
                counts.totalCount++
                counts.failCount += one.failure.size() + one.error.size() > 0 ? 1 : 0
                counts.skipCount += one.skipped.size() > 0 ? 1 : 0
            }
        }
        calls << [step: 'junit results'] + counts
        if (counts.failCount && !given.skipMarkingBuildUnstable) {
            worsen('UNSTABLE')
        }
        return counts
    }

    private Object doArchiveArtifacts(Map given) {
        List<String> files = matching((String) given.artifacts)
        if (!files && !given.allowEmptyArchive) {
            throw new Exception("No artifacts found that match the file pattern \"${given.artifacts}\".")
        }
        calls << [step: 'archived', files: files]
    }

    /** The files of the workspace that a pattern names, relative to it. */
    private List<String> matching(String pattern) {
        File root = context.get().workspace
        PathMatcher matcher = root.toPath().fileSystem.getPathMatcher("glob:${pattern}")
        List<Path> found = []
        root.eachFileRecurse(FileType.FILES) { File one -> found << root.toPath().relativize(one.toPath()) }
        return found.findAll { matcher.matches(it) }*.toString().sort()
    }

    private Object doPublishChecks(Map given) {
        if (given.summary.length() > 65_535) {
            throw new Exception('the summary is too long')
        }
    }

    private Object doSh(Map given) { return command(given, ['sh', '-xe', '-c', given.script as String]) }

    /** The two lines that this library writes, as cmd reads them: there is no Windows here. */
    private Object doBat(Map given) {
        String unix = given.script.split('\r\n').collect { line ->
            line.replaceFirst('^@call ', '').replaceAll('%(\\w+)%', '\\$$1').replaceFirst('^@exit /b \\$ERRORLEVEL$', '')
        }.join('\n')
        return command(given, ['bash', '-c', unix])
    }

    private Object command(Map given, List<String> line) {
        Map here = context.get()
        String cookie = "durable-${UUID.randomUUID()}"
        ProcessBuilder builder = new ProcessBuilder(line).directory((File) here.workspace).redirectErrorStream(true)
        builder.environment().clear()
        builder.environment().putAll(here.environment)
        builder.environment()[Processes.COOKIE] = cookie
        Map step = [cookie: cookie, index: here.environment.SHARDWRIGHT_INDEX, cause: null]
        // Where Jenkins keeps what belongs to the step.
        new File("${here.workspace}@tmp").mkdirs()
        Process process = builder.start()
        process.outputStream.close()
        running << step
        int status = waiting {
            String name = Thread.currentThread().name
            process.inputStream.eachLine { text -> log("[${name}] ${text}") }
            return process.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS) ? process.exitValue() : -1
        }
        running.remove(step)
        calls << [step: 'ended', status: status, index: step.index]
        if (step.cause != null) {
            throw new Interrupted((String) step.cause)
        }
        if (given.returnStatus) {
            return status
        }
        if (status != 0) {
            throw new Exception("script returned exit code ${status}")
        }
    }

}

/** `env`: what is in the environment where it is asked. */
class EnvironmentView {

    private final Build build

    EnvironmentView(Build build) {
        this.build = build
    }

    Object propertyMissing(String name) {
        return build.environment(name)
    }

}
