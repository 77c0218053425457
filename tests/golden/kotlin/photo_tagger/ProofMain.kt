package sdkgen.proof

import android.content.Context
import android.content.res.AssetManager
import android.graphics.Bitmap
import com.example.phototagger.PhotoTagger
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest

/** Prints what the SDK answers for each input file as a line of JSON; floats are printed as their bits. */
public fun main(arguments: Array<String>) {
    val context = Context(AssetManager(File(arguments[0])))
    PhotoTagger.create(context).use { sdk ->
        for (path in arguments.drop(1)) println(answer(sdk, File(path)))
    }
}

private fun answer(
    sdk: PhotoTagger,
    file: File,
): String {
    val bitmap = readBitmap(file)
    val categories = sdk.classify(bitmap, topK = 5)
    val best =
        categories.joinToString { category ->
            val bits = category.score.toRawBits().toUInt()
            """{"index": ${category.index}, "label": ${quoted(category.label)}, "score_bits": $bits}"""
        }
    val input = ByteBuffer.allocateDirect(sdk.inputInfo.byteCount)
    sdk.preprocess(bitmap, input)
    val scores = sha256(sdk.scores(input))
    return """{"file": ${quoted(file.name)}, "best": [$best], "scores_sha256": "$scores"}"""
}

/** Little-endian int32: width, height, then 0xAARRGGBB row by row. */
private fun readBitmap(file: File): Bitmap {
    val values = ByteBuffer.wrap(file.readBytes()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer()
    val width = values.get()
    val height = values.get()
    val colours = IntArray(values.remaining()).also { values.get(it) }
    return Bitmap.createBitmap(colours, width, height, Bitmap.Config.ARGB_8888)
}

/** Of the little-endian float32 values. */
private fun sha256(values: FloatArray): String {
    val bytes = ByteBuffer.allocate(values.size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    bytes.asFloatBuffer().put(values)
    return MessageDigest.getInstance("SHA-256").digest(bytes.array()).joinToString("") { "%02x".format(it) }
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
