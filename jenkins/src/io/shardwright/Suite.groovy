package io.shardwright

/** Runs the command on an agent and shows what came of it. All of it may be interrupted at any step, and gone on with after a restart. */
class Suite implements Serializable {

    private static final long serialVersionUID = 1L

    private static final int CHECK_TEXT_LIMIT = 65_535
    private static final int CHECK_TITLE_LIMIT = 255

    private final Object script

    /** @param script the pipeline's own script, which has the steps */
    Suite(Object script) {
        this.script = script
    }

    /** Ends the build where a step was asked for what it does not have. */
    void require(Request request) {
        if (request.problem != null) {
            script.error(request.problem)
        }
    }

    /**
     * Runs the command here. If that is interrupted, it ends in order, and what it has written by then is shown.
     * @return see Outcome
     */
    Map execute(Request request, String subcommand, List<String> more) {
        boolean isUnix = script.isUnix()
        String resultFile = script.pwd(tmp: true) + (isUnix ? '/' : '\\') + request.resultName()
        List<String> variables = request.variables + more + ['SHARDWRIGHT_JSON=true', 'RESULT_OF_SHARDWRIGHT=' + resultFile]
        int status = -1
        boolean isInterrupted = true
        // A workspace keeps the result of an earlier build, which a program that does not start would leave there.
        script.writeFile(file: resultFile, text: '', encoding: 'UTF-8')
        try {
            script.withEnv(variables) {
                status = withSecret(request) { start(request.commandLine(subcommand, isUnix), isUnix) }
            }
            isInterrupted = false
        } finally {
            if (isInterrupted) {
                show(request)
            }
        }
        return Outcome.of(status, script.readFile(file: resultFile, encoding: 'UTF-8'), request.reportDir())
    }

    /** Shows a run's results wherever this Jenkins can. */
    void publish(Request request, Map outcome) {
        show(request)
        if (request.own.checks && outcome.verdict != null) {
            check(request, outcome)
        }
    }

    /** Makes of the verdict what it is to be for the build. */
    void conclude(Request request, Map outcome) {
        String sentence = Outcome.sentence(outcome)
        if (outcome.verdict == 'failed' && request.own.onFailure == 'UNSTABLE') {
            script.unstable(sentence)
        } else if (outcome.verdict == 'passed' && outcome.exitCode == 0 || outcome.verdict == 'failed' && request.own.onFailure == 'NONE') {
            script.echo(sentence)
        } else {
            if (outcome.verdict == 'cancelled') {
                script.currentBuild.result = 'ABORTED'
            }
            script.error(sentence)
        }
    }

    /** The token is in the environment of this alone, and in no text that anybody puts together. */
    private int withSecret(Request request, Closure<Integer> body) {
        if (request.own.credentialsId == null) {
            return body()
        }
        int status = -1
        script.withCredentials([script.string(credentialsId: request.own.credentialsId, variable: 'SHARDWRIGHT_API_KEY')]) {
            status = body()
        }
        return status
    }

    private int start(String commandLine, boolean isUnix) {
        if (isUnix) {
            return script.sh(label: 'Shardwright', returnStatus: true, script: commandLine)
        }
        return script.bat(label: 'Shardwright', returnStatus: true, script: commandLine)
    }

    /** Jenkins itself has the reports; the list of tests takes the JUnit plugin, whose failures do not decide: the verdict does. */
    private void show(Request request) {
        String folder = request.reportDir()
        if (request.own.archive) {
            script.archiveArtifacts(artifacts: folder + '/**', allowEmptyArchive: true)
        }
        if (request.own.junit) {
            try {
                script.junit(
                    testResults: folder + '/junit.xml',
                    allowEmptyResults: true,
                    skipMarkingBuildUnstable: true,
                    skipPublishingChecks: true,
                )
            } catch (NoSuchMethodError missing) {
                tolerate('junit', missing)
            }
        }
    }

    private void check(Request request, Map outcome) {
        String path = request.reportDir() + '/report.md'
        String summary = script.fileExists(path) ? script.readFile(file: path, encoding: 'UTF-8') : Outcome.sentence(outcome)
        try {
            script.publishChecks(
                name: request.setting('publishName') ?: 'Shardwright',
                title: cut(Outcome.sentence(outcome), CHECK_TITLE_LIMIT),
                summary: cut(summary, CHECK_TEXT_LIMIT),
                detailsURL: script.env.RUN_DISPLAY_URL ?: script.env.BUILD_URL,
                status: 'COMPLETED',
                conclusion: conclusionOf((String) outcome.verdict),
            )
        } catch (NoSuchMethodError missing) {
            tolerate('publishChecks', missing)
        }
    }

    private String conclusionOf(String verdict) {
        if (verdict == 'passed') {
            return 'SUCCESS'
        }
        return verdict == 'cancelled' ? 'CANCELED' : 'FAILURE'
    }

    private String cut(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit)
    }

    /** How a pipeline notices that the plugin with a step is not there. */
    private void tolerate(String step, NoSuchMethodError missing) {
        if (missing.message == null || !missing.message.contains("No such DSL method '" + step + "'")) {
            throw missing
        }
        script.echo('Shardwright: this Jenkins has no step ' + step + ', its plugin is not installed.')
    }

}
