import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.Paths

/** Jenkins knows a step's processes by a cookie in their environment, whoever their parents are; so does this. */
class Processes {

    static final String COOKIE = 'JENKINS_SERVER_COOKIE'

    /** Signals all of a step's processes. */
    static void signal(String cookie, String signal) {
        List<String> pids = []
        byte[] mark = "${COOKIE}=${cookie}\u0000".getBytes('ISO-8859-1')
        Files.newDirectoryStream(Paths.get('/proc'), '[0-9]*').withCloseable { entries ->
            entries.each { Path entry ->
                try {
                    String environment = new String(Files.readAllBytes(entry.resolve('environ')), 'ISO-8859-1') + '\u0000'
                    if (environment.contains(new String(mark, 'ISO-8859-1'))) {
                        pids << entry.fileName.toString()
                    }
                } catch (IOException gone) {
                    // It has ended, or is another user's.
                }
            }
        }
        if (pids) {
            (['kill', '-s', signal] + pids).execute().waitFor()
        }
    }

}
