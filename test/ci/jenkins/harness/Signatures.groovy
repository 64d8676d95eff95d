/** The steps' parameters as their plugins document them (https://www.jenkins.io/doc/pipeline/steps/): `!` where one must be given. */
class Signatures {

    static final Map<String, List<String>> STEPS = [
        archiveArtifacts: ['artifacts!', 'allowEmptyArchive', 'caseSensitive', 'defaultExcludes', 'excludes', 'fingerprint', 'followSymlinks', 'onlyIfSuccessful'],
        bat: ['script!', 'encoding', 'label', 'returnStatus', 'returnStdout'],
        checkout: ['scm!', 'changelog', 'poll'],
        dir: ['path!', '{}'],
        echo: ['message!'],
        error: ['message!'],
        fileExists: ['file!'],
        isUnix: [],
        junit: ['testResults!', 'allowEmptyResults', 'checksName', 'healthScaleFactor', 'keepLongStdio', 'keepProperties', 'keepTestNames', 'skipMarkingBuildUnstable', 'skipMarkingStageUnstable', 'skipOldReports', 'skipPublishingChecks', 'stdioRetention', 'testDataPublishers'],
        node: ['label', '{}'],
        parallel: ['*', 'failFast'],
        publishChecks: ['name', 'title', 'summary', 'text', 'detailsURL', 'status', 'conclusion', 'annotations', 'actions'],
        pwd: ['tmp'],
        readFile: ['file!', 'encoding'],
        retry: ['count!', 'conditions', '{}'],
        sh: ['script!', 'encoding', 'label', 'returnStatus', 'returnStdout'],
        stage: ['name!', 'concurrency', '{}'],
        timeout: ['time!', 'activity', 'unit', '{}'],
        unstable: ['message!'],
        withCredentials: ['bindings!', '{}'],
        withEnv: ['overrides!', '{}'],
        writeFile: ['file!', 'text', 'encoding'],
        // Not steps but symbols, which are called in the same way.
        agent: [],
        nonresumable: [],
        string: ['credentialsId!', 'variable!'],
    ]

    private static final Map<String, List<String>> VALUES = [
        status: ['NONE', 'QUEUED', 'IN_PROGRESS', 'COMPLETED'],
        conclusion: ['NONE', 'ACTION_REQUIRED', 'SKIPPED', 'CANCELED', 'TIME_OUT', 'FAILURE', 'NEUTRAL', 'SUCCESS'],
        unit: ['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS'],
    ]

    /** @return the parameters by name, the block under `{}`. @throws IllegalArgumentException for what the step does not take */
    static Map<String, Object> bind(String step, List args) {
        List<String> signature = STEPS[step]
        List<String> names = signature.collect { it - '!' }
        Map<String, Object> bound = [:]
        List rest = new ArrayList(args)
        if (rest && rest.last() instanceof Closure) {
            if (!names.contains('{}')) {
                throw new IllegalArgumentException("the step ${step} takes no block")
            }
            bound['{}'] = rest.remove(rest.size() - 1)
        } else if (names.contains('{}')) {
            throw new IllegalArgumentException("the step ${step} lacks its block")
        }
        if (rest.size() == 1 && rest[0] instanceof Map && !(step == 'checkout')) {
            bound.putAll((Map) rest[0])
        } else if (rest.size() == 1 && names && names[0] != '*') {
            bound[names[0]] = rest[0]
        } else if (rest) {
            throw new IllegalArgumentException("the step ${step} takes named parameters, not ${rest}")
        }
        bound.each { name, value ->
            if (!names.contains(name) && !names.contains('*')) {
                throw new IllegalArgumentException("Unknown parameter(s) found for the step ${step}: ${name}")
            }
            check(step, (String) name, value)
        }
        signature.findAll { it.endsWith('!') }.each { needed ->
            if (bound[needed - '!'] == null) {
                throw new IllegalArgumentException("the step ${step} needs ${needed - '!'}")
            }
        }
        return bound
    }

    private static void check(String step, String name, Object value) {
        if (name == '{}' || name == 'scm' || step == 'parallel') {
            return
        }
        if (name == 'message') {
            return
        }
        if (value instanceof GString || value instanceof Collection && value.any { it instanceof GString }) {
            throw new IllegalArgumentException("${step} was given a GString for ${name}")
        }
        // A build waits on disk, with all that its steps were given.
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(value)
        List<String> allowed = VALUES[name]
        if (allowed && !allowed.contains(value)) {
            throw new IllegalArgumentException("${step} takes ${allowed} for ${name}, not ${value}")
        }
        boolean isSwitch = name =~ /^(allow|skip|return|keep|tmp$|fingerprint|onlyIf)/
        if (isSwitch && !(value instanceof Boolean)) {
            throw new IllegalArgumentException("${step} takes true or false for ${name}, not ${value}")
        }
    }

}
