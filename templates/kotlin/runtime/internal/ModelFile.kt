// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import android.content.res.AssetManager
import java.io.File
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.channels.FileChannel

/** Loads a model into a direct buffer, mapped from the file where possible. */
internal object ModelFile {
    /**
     * Maps an asset that the APK stores uncompressed; an asset stored compressed is read into memory once.
     */
    fun fromAsset(
        assets: AssetManager,
        path: String,
    ): ByteBuffer =
        try {
            mapAsset(assets, path) ?: assets.open(path).use(::readAll)
        } catch (e: FileNotFoundException) {
            throw failure(FailureKind.MODEL_NOT_FOUND, "the app has no asset $path", e)
        } catch (e: IOException) {
            throw failure(FailureKind.MODEL_NOT_FOUND, "the asset $path cannot be read: ${e.message}", e)
        }

    /** Maps a file. */
    fun fromFile(file: File): ByteBuffer =
        try {
            FileInputStream(file).use { map(it, 0, it.channel.size()) }
        } catch (e: IOException) {
            throw failure(FailureKind.MODEL_NOT_FOUND, "the model file $file cannot be read: ${e.message}", e)
        }

    /** The remaining bytes: a direct buffer as it is, any other copied into a direct one. */
    fun fromBuffer(buffer: ByteBuffer): ByteBuffer = if (buffer.isDirect) buffer.slice() else copy(buffer)

    /** A direct copy of the remaining bytes; its memory begins at a multiple of at least 8. */
    fun copy(buffer: ByteBuffer): ByteBuffer =
        orOutOfMemory("the model") {
            val direct = ByteBuffer.allocateDirect(buffer.remaining())
            direct.put(buffer.duplicate())
            // Called on Buffer, which is where devices before Android 9 have it.
            (direct as Buffer).flip()
            direct
        }

    /** Returns null if the asset is compressed: only an uncompressed one is a range of the APK file. */
    private fun mapAsset(
        assets: AssetManager,
        path: String,
    ): ByteBuffer? {
        val descriptor =
            try {
                assets.openFd(path)
            } catch (_: FileNotFoundException) {
                return null
            }
        return descriptor.use {
            FileInputStream(it.fileDescriptor).use { stream -> map(stream, it.startOffset, it.length) }
        }
    }

    /** The mapping outlives the stream. */
    private fun map(
        stream: FileInputStream,
        offset: Long,
        length: Long,
    ): ByteBuffer = stream.channel.map(FileChannel.MapMode.READ_ONLY, offset, length)

    private fun readAll(stream: InputStream): ByteBuffer = copy(orOutOfMemory("the model") { ByteBuffer.wrap(stream.readBytes()) })
}
