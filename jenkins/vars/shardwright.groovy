import io.shardwright.Request
import io.shardwright.Suite

/** Runs the suite on this agent, or, with a coordinator, on its workers; see shardwright.txt. */
Map call(Map parameters = [:]) {
    Request request = Request.of('shardwright', parameters)
    Suite suite = new Suite(this)
    suite.require(request)
    Map outcome = suite.execute(request, 'run', [])
    suite.publish(request, outcome)
    suite.conclude(request, outcome)
    return outcome
}
