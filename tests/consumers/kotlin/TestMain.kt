package sdkgen.consumer

import com.example.phototagger.PhotoTagger
import com.example.phototagger.PhotoTaggerException
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Modifier
import kotlin.system.exitProcess

/** Runs `suite` ("photo_tagger", "awkward", "library") and prints a line for each test. */
public fun main(arguments: Array<String>) {
    val (suite, folder) = arguments
    val instance: Any =
        when (suite) {
            "photo_tagger" -> PhotoTaggerTests(File(folder))
            "awkward" -> AwkwardTests(File(folder))
            "library" -> return println(openFailure(File(folder)))
            else -> error("no suite $suite")
        }
    val tests = instance.javaClass.declaredMethods.filter { it.parameterCount == 0 && Modifier.isPublic(it.modifiers) }
    var failures = 0
    for (test in tests.sortedBy { it.name }) {
        try {
            test.invoke(instance)
            println("ok ${test.name}")
        } catch (e: InvocationTargetException) {
            failures++
            println("FAILED ${test.name}: ${e.cause?.stackTraceToString()}")
        }
    }
    println("${tests.size} tests, $failures failures")
    exitProcess(if (failures == 0) 0 else 1)
}

/** What opening the model throws when the native library is not what it should be. */
private fun openFailure(folder: File): String =
    try {
        PhotoTagger.create(File(folder, "assets/photo_tagger/photo_tagger.pte")).close()
        "opened"
    } catch (e: PhotoTaggerException) {
        "${e.javaClass.simpleName}: ${e.message}"
    }
