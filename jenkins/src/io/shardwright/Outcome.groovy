package io.shardwright

import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonSlurperClassic

/** What became of a run, as plain maps, lists, texts and numbers: a build that waits is kept on disk with all that it holds. */
class Outcome implements Serializable {

    private static final long serialVersionUID = 1L

    /** The gravest first. */
    private static final List<String> VERDICTS = ['incomplete', 'errored', 'cancelled', 'failed', 'passed']
    private static final int USAGE = 2

    /**
     * @param result what the command printed: nothing where it ended without a verdict
     * @return `verdict` (null without one), `account` (numbers of files by their state), `exitCode`, `run`, `reports`, `reportDir`
     */
    @NonCPS
    static Map of(int exitCode, String result, String reportDir) {
        Map told = read(result)
        return [
            verdict: told.verdict,
            account: copy(told.account ?: [:]),
            exitCode: exitCode,
            run: copy(told.run ?: [:]),
            reports: told.reports ? new ArrayList<String>((List<String>) told.reports) : [],
            reportDir: reportDir,
        ]
    }

    /**
     * One outcome of those of all jobs. One that took part in the whole run has its verdict, and stands for those that ended without any:
     * their tests were taken over. Shares that jobs ran without a coordinator are the whole only together.
     */
    @NonCPS
    static Map together(List<Map> outcomes) {
        List<Map> told = []
        List<Map> whole = []
        int exitCode = 0
        for (Map one : outcomes) {
            if (one.verdict == null) {
                exitCode = one.exitCode == USAGE || exitCode == 0 ? (int) one.exitCode : exitCode
            } else {
                told.add(one)
                if (((Map) one.run).share == null) {
                    whole.add(one)
                }
            }
        }
        if (exitCode == USAGE || told.isEmpty()) {
            return summed(outcomes, null, exitCode == 0 ? 1 : exitCode)
        }
        Map gravest = told[0]
        for (Map one : told) {
            if (VERDICTS.indexOf(one.verdict) < VERDICTS.indexOf(gravest.verdict)) {
                gravest = one
            }
        }
        if (!whole.isEmpty()) {
            Map first = whole[0]
            return first + [verdict: gravest.verdict, exitCode: gravest.exitCode, jobs: outcomes]
        }
        boolean isCut = told.size() < outcomes.size()
        Map all = summed(told, isCut ? 'incomplete' : (String) gravest.verdict, isCut ? 3 : (int) gravest.exitCode)
        return all + [jobs: outcomes]
    }

    /** Whether some of the jobs ran without the coordinator. */
    @NonCPS
    static boolean isOfShares(List<Map> outcomes) {
        for (Map one : outcomes) {
            if (((Map) one.run).share != null) {
                return true
            }
        }
        return false
    }

    /** `Shardwright: passed, 67 discovered, 66 passed, 1 flaky`, one line. */
    @NonCPS
    static String sentence(Map outcome) {
        if (outcome.verdict == null) {
            return 'Shardwright ended without a verdict (exit code ' + outcome.exitCode + ')'
        }
        List<String> parts = []
        for (Map.Entry entry : ((Map) outcome.account).entrySet()) {
            if (entry.key == 'discovered' || entry.value != 0) {
                parts.add(entry.value + ' ' + entry.key)
            }
        }
        String trouble = outcome.verdict == 'passed' && outcome.exitCode != 0 ? ', but exit code ' + outcome.exitCode : ''
        return 'Shardwright: ' + outcome.verdict + ', ' + parts.join(', ') + trouble
    }

    @NonCPS
    private static Map summed(List<Map> outcomes, String verdict, int exitCode) {
        Map<String, Object> account = [:]
        List<String> reports = []
        for (Map one : outcomes) {
            for (Map.Entry entry : ((Map) one.account).entrySet()) {
                account[(String) entry.key] = (account[(String) entry.key] ?: 0) + entry.value
            }
        }
        return [
            verdict: verdict,
            account: account,
            exitCode: exitCode,
            run: [:],
            reports: reports,
            reportDir: outcomes.isEmpty() ? null : outcomes[0].reportDir,
            jobs: outcomes,
        ]
    }

    /** Without a lazy map in it, which could not be kept. */
    @NonCPS
    private static Map read(String text) {
        if (text == null || text.trim().isEmpty()) {
            return [:]
        }
        Object value = new JsonSlurperClassic().parseText(text)
        return value instanceof Map ? (Map) value : [:]
    }

    @NonCPS
    private static Map copy(Object value) {
        Map<String, Object> plain = new LinkedHashMap<String, Object>()
        for (Map.Entry entry : ((Map) value).entrySet()) {
            plain[(String) entry.key] = entry.value instanceof Map ? copy(entry.value) : entry.value
        }
        return plain
    }

}
