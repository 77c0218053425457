// SPDX-License-Identifier: Apache-2.0

package com.example.phototagger

import android.content.Context
import android.graphics.Bitmap
import com.example.phototagger.internal.ModelFile
import com.example.phototagger.internal.ModelSession
import com.example.phototagger.internal.Ranking
import com.example.phototagger.internal.imageInput
import com.example.phototagger.internal.pixelsOf
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.nio.ByteBuffer

/**
 * Names what a photograph shows.
 *
 * ```
 * PhotoTagger.create(context).use { photoTagger ->
 *     val best: List<Category> = photoTagger.classify(bitmap, topK = 5)
 * }
 * ```
 *
 * An instance holds native memory. Create it once, reuse it, and call [close] when it is no longer needed. Instances are
 * thread-safe: calls on one instance are serialized, and calls on different instances run in parallel. Functions block
 * the calling thread while the network runs; on the main thread, use the suspending variants.
 *
 * **Orientation:** the pixels are used as they are stored in the bitmap. `BitmapFactory` does not apply the EXIF
 * orientation of a photo, so rotate the bitmap before the call.
 *
 * Version 1.2.0.
 */
public class PhotoTagger private constructor(
    private val session: ModelSession,
    private val ranking: Ranking,
) : AutoCloseable {
    /**
     * The quantized input tensor of the network: 16 rows of 24 pixels, channels in RGB order.
     *
     * A channel value v of 0 to 255 is normalized to (v / 255 - mean) / std before it is quantized. Per channel, the mean
     * is 0.485, 0.456, 0.406 and the standard deviation is 0.229, 0.224, 0.225.
     */
    public val inputInfo: InputInfo = imageInput(session)

    /** The labels of the classes, ordered by [Category.index]. They are stored in the model. */
    public val labels: List<String> = session.labels

    /**
     * Returns the [topK] highest-scoring classes, best first. Classes with equal scores are ordered by index.
     *
     * @param bitmap the input image: any configuration, up to 16384 x 16384 pixels. Alpha is ignored. A hardware bitmap
     * is copied first. The bitmap is not modified.
     * @param topK the maximum number of classes to return, at least 1.
     * @return categories whose scores are probabilities: the scores of all classes sum to 1.
     * @throws PhotoTaggerException.InvalidInput if an argument is not as described or the bitmap is recycled.
     * @throws PhotoTaggerException.Closed if this object is closed.
     */
    public fun classify(
        bitmap: Bitmap,
        topK: Int = 5,
    ): List<Category> = this.session.runImage(pixelsOf(bitmap), this.ranking.best(topK))

    /** Calls [classify] on [Dispatchers.Default]. Cancellation does not interrupt a run that has started. */
    public suspend fun classifySuspending(
        bitmap: Bitmap,
        topK: Int = 5,
    ): List<Category> =
        withContext(Dispatchers.Default) {
            classify(bitmap, topK)
        }

    /**
     * Crops, resizes, normalizes and quantizes a bitmap into a direct buffer, exactly as [classify] does.
     *
     * @param bitmap the input image; see [classify].
     * @param input a writable direct buffer with [InputInfo.byteCount] bytes remaining. Its position does not change.
     * @throws PhotoTaggerException.InvalidInput if the buffer is not as described or the bitmap is recycled.
     * @throws PhotoTaggerException.Closed if this object is closed.
     */
    public fun preprocess(
        bitmap: Bitmap,
        input: ByteBuffer,
    ) {
        session.preprocess(pixelsOf(bitmap), input)
    }

    /**
     * Runs the network on a quantized tensor that the app has prepared.
     *
     * @param input a direct buffer with [InputInfo.byteCount] bytes remaining: int8 in NHWC layout, as described by
     * [inputInfo]. Its content and position do not change.
     * @return one score per entry of [labels].
     * @throws PhotoTaggerException.InvalidInput if the buffer is not as described.
     * @throws PhotoTaggerException.Closed if this object is closed.
     */
    public fun scores(input: ByteBuffer): FloatArray = session.runQuantized(input, ranking.scores)

    /**
     * Waits for a running call, then releases the native memory.
     *
     * Later calls throw [PhotoTaggerException.Closed]. Calling this function more than once has no effect.
     */
    override fun close() {
        session.close()
    }

    /**
     * Options for opening the model.
     *
     * @property threads the number of threads per call, or 0 to use the number of fast cores, at most 4. The result does
     * not depend on it.
     * @property verifyWeights whether to verify the checksum of the weights, which reads the whole model once. The
     * structure of the model is always verified.
     */
    public class Options
        @JvmOverloads
        constructor(
            public val threads: Int = 0,
            public val verifyWeights: Boolean = false,
        )

    /** Creates [PhotoTagger] instances. */
    public companion object {
        private const val LIBRARY = "photo_tagger"
        private const val MODEL_ASSET = "photo_tagger/photo_tagger.pte"
        private val FINGERPRINT = 0xfedcba9876543210uL.toLong()

        /**
         * Opens the model that is bundled with the SDK as the asset `photo_tagger/photo_tagger.pte`.
         *
         * The asset is memory-mapped if the APK stores it uncompressed:
         * `android { androidResources { noCompress += "pte" } }`. Otherwise it is read into memory.
         *
         * @throws PhotoTaggerException if the model cannot be opened.
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            context: Context,
            options: Options = Options(),
        ): PhotoTagger = open(ModelFile.fromAsset(context.assets, MODEL_ASSET), options)

        /**
         * Opens a model file.
         *
         * @param modelFile the file. It is memory-mapped and must not be modified until [close].
         * @throws PhotoTaggerException if the model cannot be opened.
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelFile: File,
            options: Options = Options(),
        ): PhotoTagger = open(ModelFile.fromFile(modelFile), options)

        /**
         * Opens a model in memory, for example a decrypted one.
         *
         * @param modelBuffer a buffer whose remaining bytes are the model. A direct buffer is used in place and must not
         * be modified until [close]; any other buffer is copied.
         * @throws PhotoTaggerException if the model cannot be opened.
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelBuffer: ByteBuffer,
            options: Options = Options(),
        ): PhotoTagger = open(ModelFile.fromBuffer(modelBuffer), options)

        private fun open(
            model: ByteBuffer,
            options: Options,
        ): PhotoTagger {
            val session = ModelSession.open(LIBRARY, model, options.threads, FINGERPRINT)
            try {
                if (options.verifyWeights) session.verify()
                return PhotoTagger(session, Ranking.of(session, softmax = true))
            } catch (e: PhotoTaggerException) {
                session.close()
                throw e
            }
        }
    }
}
