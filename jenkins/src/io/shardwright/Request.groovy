package io.shardwright

import com.cloudbees.groovy.cps.NonCPS

/** What a step was asked for, checked, and what of it the command gets. Holds text and numbers alone, so that a build may be resumed. */
class Request implements Serializable {

    private static final long serialVersionUID = 1L

    private static final String STANDARD_OUTPUT_DIR = 'shardwright-report'
    private static final int RUN_KEY_LIMIT = 200

    /** The steps' own parameters, each with its value. */
    final Map<String, Object> own
    /** `NAME=value` for each setting of the command line that was given. */
    final List<String> variables
    /** All that is wrong with what was asked for; null where nothing is. */
    final String problem

    Request(Map<String, Object> own, List<String> variables, String problem) {
        this.own = own
        this.variables = variables
        this.problem = problem
    }

    /** Reads a step's parameters; what is wrong with them is told by `problem`, all at once. */
    @NonCPS
    static Request of(String step, Map given) {
        Map<String, Object> own = [:]
        List<String> variables = []
        List<String> problems = []
        List<String> settings = step == 'shardwright' ? Catalog.settingsOfRun() : Catalog.settingsOfWorker()
        List<Map> parameters = []
        for (Map parameter : Catalog.parameters()) {
            if (((List) parameter.steps).contains(step)) {
                parameters.add(parameter)
                own[(String) parameter.name] = parameter.standard
            }
        }
        for (Map.Entry entry : given.entrySet()) {
            String name = entry.key.toString()
            Map parameter = null
            for (Map candidate : parameters) {
                if (candidate.name == name) {
                    parameter = candidate
                }
            }
            if (parameter != null) {
                String wrong = wrongWith(parameter, entry.value)
                if (wrong == null) {
                    own[name] = plain(entry.value)
                } else {
                    problems.add(wrong)
                }
            } else if (settings.contains(name)) {
                if (entry.value != null) {
                    variables.add(variableOf(name) + '=' + textOf(entry.value))
                }
            } else {
                problems.add(unknown(name))
            }
        }
        return new Request(own, variables, problems.isEmpty() ? null : step + ': ' + problems.join('; '))
    }

    /** The value of a setting of the command line, as it was given to the step; null where it was not. */
    @NonCPS
    String setting(String name) {
        String start = variableOf(name) + '='
        for (String variable : variables) {
            if (variable.startsWith(start)) {
                return variable.substring(start.length())
            }
        }
        return null
    }

    /** The folder with the reports, relative to where the step runs. */
    @NonCPS
    String reportDir() {
        return setting('outputDir') ?: STANDARD_OUTPUT_DIR
    }

    /** A name for the file with the result that no other step at work in this workspace uses: none may have the same reports either. */
    @NonCPS
    String resultName() {
        return 'shardwright-' + reportDir().replaceAll('[^A-Za-z0-9._-]', '-') + '.json'
    }

    /**
     * What the agent runs. On Unix it becomes the program itself, which can then end in order when the build is aborted: npx would be gone
     * at once, and with it the step, while the program still writes its reports.
     */
    @NonCPS
    String commandLine(String subcommand, boolean isUnix) {
        if (!isUnix) {
            String call = own.program ?: 'npx --yes shardwright' + (own.version == 'latest' ? '' : '@' + own.version)
            return '@call ' + call + ' ' + subcommand + ' > "%RESULT_OF_SHARDWRIGHT%"\r\n@exit /b %ERRORLEVEL%'
        }
        String end = ' ' + subcommand + ' > "$RESULT_OF_SHARDWRIGHT"'
        if (own.program != null) {
            return 'exec ' + own.program + end
        }
        String find = "-c 'command -v shardwright'"
        return 'program="$(npx --no-install ' + find + ')" || ' +
            'program="$(npx --yes --package shardwright@' + own.version + ' ' + find + ')"\nexec "$program"' + end
    }

    /** The key under which the jobs of this build meet, by what names the build. Its end tells most, and is kept. */
    @NonCPS
    String runKey(String server, String job, String build) {
        String given = setting('runKey')
        if (given != null) {
            return given
        }
        String whole = ['jenkins', server ?: '', job ?: '', build ?: '', own.title].join(':')
        if (whole.length() <= RUN_KEY_LIMIT) {
            return whole
        }
        return Integer.toHexString(whole.hashCode()) + '~' + whole.substring(whole.length() - RUN_KEY_LIMIT)
    }

    /** `testPattern` → `SHARDWRIGHT_TEST_PATTERN`. */
    @NonCPS
    static String variableOf(String name) {
        return 'SHARDWRIGHT_' + name.replaceAll('([A-Z])', '_$1').toUpperCase(Locale.ROOT)
    }

    @NonCPS
    private static String wrongWith(Map parameter, Object value) {
        String name = parameter.name
        List among = (List) parameter.among
        if (parameter.type == 'Boolean' && !(value instanceof Boolean)) {
            return name + ' is true or false, not ' + value
        }
        if (parameter.type == 'Integer') {
            int most = name == 'jobs' ? 100 : 10
            int least = name == 'jobs' ? 1 : 0
            if (!(value instanceof Integer) || value < least || value > most) {
                return name + ' is a whole number from ' + least + ' to ' + most + ', not ' + value
            }
        }
        if (parameter.type == 'String' && !(value instanceof CharSequence || value == null && parameter.standard == null)) {
            return name + ' is a text, not ' + value
        }
        if (name == 'version' && !(value ==~ /[\w.-]+/)) {
            return 'version is a version or a tag of the npm package, not ' + value
        }
        if (among != null && !among.contains(value.toString())) {
            return name + ' is one of ' + among.join(', ') + ', not ' + value
        }
        return null
    }

    @NonCPS
    private static String unknown(String name) {
        if (name == 'apiKey' || name == 'ciToken') {
            return name + ' would show in the build: name a credential by credentialsId instead (for ciToken, withCredentials around the step)'
        }
        if (name == 'notifySecret' || name == 'smtpPassword') {
            return name + ' would show in the build: give it as ' + variableOf(name) + ', by withCredentials around the step'
        }
        return 'there is no parameter ' + name
    }

    /** A text that was put together is kept as plain text. */
    @NonCPS
    private static Object plain(Object value) {
        return value instanceof CharSequence ? value.toString() : value
    }

    @NonCPS
    private static String textOf(Object value) {
        if (!(value instanceof Collection)) {
            return value.toString()
        }
        List<String> texts = []
        for (Object part : (Collection) value) {
            texts.add(part.toString())
        }
        return texts.join(',')
    }

}
