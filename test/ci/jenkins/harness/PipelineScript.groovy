/** What pipelines and global variables extend: whatever is no method of their own is a variable of the library, or a step. */
abstract class PipelineScript extends Script {

    static Build build

    Object methodMissing(String name, Object args) {
        return build.call(name, ((Object[]) args) as List)
    }

    Object propertyMissing(String name) {
        return build.get(name)
    }

    /** Declarative pipelines. */
    void pipeline(Closure body) {
        new Declarative(build, this).run(body)
    }

}
