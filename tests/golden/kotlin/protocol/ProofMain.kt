package sdkgen.proof

import android.content.Context
import android.content.res.AssetManager
import com.example.names.Protocol
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Prints what the SDK answers for each input file as a line of JSON; floats are printed as their bits. */
public fun main(arguments: Array<String>) {
    val context = Context(AssetManager(File(arguments[0])))
    Protocol.create(context).use { sdk ->
        for (path in arguments.drop(1)) println(answer(sdk, File(path)))
    }
}

private fun answer(
    sdk: Protocol,
    file: File,
): String {
    val tensors = readTensors(file, sdk.inputs.map { it.elementCount })
    val categories =
        sdk.classify(
            tensors[0],
            tensors[1],
            tensors[2],
            tensors[3],
            tensors[4],
            tensors[5],
            tensors[6],
            tensors[7],
            tensors[8],
            topK = 5,
        )
    val best =
        categories.joinToString { category ->
            val bits = category.score.toRawBits().toUInt()
            """{"index": ${category.index}, "label": ${quoted(category.label)}, "score_bits": $bits}"""
        }
    return """{"file": ${quoted(file.name)}, "best": [$best]}"""
}

/** Little-endian float32, one tensor after the other. */
private fun readTensors(
    file: File,
    sizes: List<Int>,
): List<FloatArray> {
    val values = ByteBuffer.wrap(file.readBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
    return sizes.map { size -> FloatArray(size).also { values.get(it) } }
}

private fun quoted(text: String): String =
    buildString {
        append('"')
        for (character in text) {
            if (character == '"' || character == '\\' || character < ' ') {
                append("\\u%04x".format(character.code))
            } else {
                append(character)
            }
        }
        append('"')
    }
