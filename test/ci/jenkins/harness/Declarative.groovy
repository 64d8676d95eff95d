/** The part of declarative pipelines that the tests need: agents, options, environment, stages, and what is done after them. */
class Declarative {

    private final Build build
    private final PipelineScript script

    Declarative(Build build, PipelineScript script) {
        this.build = build
        this.script = script
    }

    void run(Closure body) {
        perform(read(body))
    }

    private void perform(Section section) {
        Closure inside = {
            try {
                section.stages.each { stage ->
                    if (build.currentBuild.result in [null, 'SUCCESS', 'UNSTABLE']) {
                        build.log("[Pipeline] { (${stage.name}) }")
                        try {
                            perform((Section) stage)
                        } catch (Interrupted interrupted) {
                            build.worsen('ABORTED')
                            build.log("ended: ${interrupted.reason}")
                        } catch (Exception error) {
                            build.worsen('FAILURE')
                            build.log("ERROR: ${error.message}")
                        }
                    }
                }
                section.steps?.call()
            } finally {
                String result = (build.currentBuild.result ?: 'SUCCESS').toLowerCase()
                section.post.findAll { it.key in ['always', result, 'cleanup'] }.each { it.value.call() }
            }
        }
        Closure limited = section.options.timeout ? { build.call('timeout', [section.options.timeout, inside]) } : inside
        Closure surrounded = section.environment ? { build.call('withEnv', [section.environment, limited]) } : limited
        if (section.agent == null || section.agent == 'none') {
            surrounded()
        } else {
            build.call('node', [[label: section.agent == 'any' ? null : section.agent], { build.call('checkout', [build.get('scm')]); surrounded() }])
        }
    }

    private Section read(Closure body) {
        Section section = new Section(script)
        body.delegate = section
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
        return section
    }

}

/** A pipeline or one of its stages, as it was written down. */
class Section {

    final PipelineScript script
    String name
    Object agent
    final List<String> environment = []
    final Map options = [:]
    final List<Section> stages = []
    final Map<String, Closure> post = [:]
    Closure steps

    Section(PipelineScript script) {
        this.script = script
    }

    String getAny() { return 'any' }

    String getNone() { return 'none' }

    void agent(String which) { agent = which }

    void agent(Closure body) { within(body, [label: { String which -> agent = which }]) }

    void options(Closure body) { within(body, [timeout: { Map limit -> options.timeout = limit }]) }

    void stages(Closure body) { within(body, [stage: { String title, Closure inside -> stages << section(title, inside) }]) }

    void steps(Closure body) { steps = body; body.delegate = script; body.resolveStrategy = Closure.DELEGATE_FIRST }

    void post(Closure body) {
        within(body, ['always', 'success', 'unstable', 'failure', 'aborted', 'cleanup'].collectEntries { condition ->
            [condition, { Closure inside -> inside.delegate = script; inside.resolveStrategy = Closure.DELEGATE_FIRST; post[condition] = inside }]
        })
    }

    void environment(Closure body) {
        body.delegate = new EnvironmentBlock(this)
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
    }

    private Section section(String title, Closure inside) {
        Section one = new Section(script)
        one.name = title
        inside.delegate = one
        inside.resolveStrategy = Closure.DELEGATE_FIRST
        inside()
        return one
    }

    /** What stands in a block is one of these, and nothing else. */
    private static void within(Closure body, Map<String, Closure> known) {
        body.delegate = new Block(known)
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body()
    }

}

/** A block in which certain words have a meaning, and no others. */
class Block {

    private final Map<String, Closure> known

    Block(Map<String, Closure> known) {
        this.known = known
    }

    Object methodMissing(String name, Object args) {
        if (!known.containsKey(name)) {
            throw new IllegalArgumentException("${name} does not belong here, only ${known.keySet()}")
        }
        return known[name].call(*((Object[]) args))
    }

}

/** Assignments become variables. */
class EnvironmentBlock {

    private final Section section

    EnvironmentBlock(Section section) {
        this.section = section
    }

    void setProperty(String name, Object value) {
        section.environment << (name + '=' + value)
    }

}
