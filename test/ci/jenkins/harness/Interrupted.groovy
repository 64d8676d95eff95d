/** What ends a step from outside: somebody aborts the build, its time is up, or its agent is lost. */
class Interrupted extends Exception {

    final String reason

    Interrupted(String reason) {
        super(reason)
        this.reason = reason
    }

}
