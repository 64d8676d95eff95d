import io.shardwright.Outcome
import io.shardwright.Request
import io.shardwright.Suite

/** Runs the suite on several agents that are the workers of one run; see shardwrightMatrix.txt. */
Map call(Map parameters = [:], Closure prepare = null) {
    Request request = Request.of('shardwrightMatrix', parameters)
    Suite suite = new Suite(this)
    suite.require(request)
    int jobs = request.own.jobs
    String runKey = request.runKey(env.JENKINS_URL, env.JOB_NAME, env.BUILD_NUMBER)
    Map<Integer, Map> outcomes = [:]
    Map<String, Integer> published = [:]
    Map branches = [:]
    for (int number = 0; number < jobs; number++) {
        int index = number
        branches[request.own.title + ' ' + (index + 1) + ' of ' + jobs] = {
            again(request) {
                agentWith(request) {
                    if (prepare == null) {
                        checkout(scm)
                    } else {
                        prepare()
                    }
                    List<String> place = ['SHARDWRIGHT_INDEX=' + index, 'SHARDWRIGHT_TOTAL=' + jobs, 'SHARDWRIGHT_RUN_KEY=' + runKey]
                    Map outcome = suite.execute(request, 'worker', place)
                    outcomes[index] = outcome
                    tellOnce(suite, request, outcome, published, index)
                }
            }
        }
    }
    parallel(branches)
    List<Map> all = []
    for (int index = 0; index < jobs; index++) {
        all.add(outcomes[index])
    }
    Map whole = Outcome.together(all)
    for (int index = 0; index < jobs; index++) {
        if (all[index].verdict == null && whole.verdict != null) {
            echo('Shardwright: job ' + (index + 1) + ' of ' + jobs + ' ended without a verdict (exit code ' + all[index].exitCode + ')')
        }
    }
    if (Outcome.isOfShares(all)) {
        echo('Shardwright: jobs could not reach the coordinator and ran their own shares of the tests')
    }
    suite.conclude(request, whole)
    return whole
}

/** Every job has the reports of the whole run, and one shows them; of shares that were run without the coordinator, each its own. */
private void tellOnce(Suite suite, Request request, Map outcome, Map<String, Integer> published, int index) {
    String run = outcome.run.id
    if (run == null || published.containsKey(run)) {
        return
    }
    published[run] = index
    boolean isTold = false
    try {
        suite.publish(request, outcome)
        isTold = true
    } finally {
        if (!isTold) {
            published.remove(run)
        }
    }
}

private void again(Request request, Closure body) {
    int retries = request.own.agentRetries
    if (retries == 0) {
        body()
    } else {
        retry(count: retries + 1, conditions: [agent(), nonresumable()], body)
    }
}

private void agentWith(Request request, Closure body) {
    String label = request.own.label
    if (label == null) {
        node(body)
    } else {
        node(label, body)
    }
}
