import groovy.json.JsonOutput
import groovy.json.JsonSlurper

// Runs one pipeline: `groovy Main.groovy setup.json`. Its log goes to standard output; lines on standard input interrupt it:
// `abort`, `kill 1`, `lose 1`, the number being that of a matrix's job. What it did and its result are written to the file `record`.
Map setup = (Map) new JsonSlurper().parse(new File(args[0]))
Build build = new Build(setup)
Thread.startDaemon('commands') {
    System.in.eachLine { line ->
        List<String> words = line.tokenize(' ')
        build.interrupt(words[0], words[1])
    }
}
String result = build.run(new File((String) setup.pipeline))
new File((String) setup.record).text = JsonOutput.toJson([result: result, calls: build.calls])
System.exit(0)
