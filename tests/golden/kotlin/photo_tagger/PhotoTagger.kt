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
 * An object holds the model's working memory, so make one, keep it, and [close] it when it is no longer needed. It may be
 * used from any thread; calls on one object run one after the other, calls on different objects at the same time. A call
 * blocks its thread while the network runs: away from the main thread use the suspending variants.
 *
 * **Orientation:** the network sees the pixels as they lie in the bitmap. `BitmapFactory` does not turn a photograph as
 * its EXIF orientation says; the app does that before the call.
 *
 * Version 1.2.0.
 */
public class PhotoTagger private constructor(
    private val session: ModelSession,
    private val ranking: Ranking,
) : AutoCloseable {
    /**
     * The quantised tensor that the network takes: 16 rows of 24 pixels, the channels in the order
     * RGB. A channel value v of 0 to 255 is normalised to (v / 255 - mean) / std and then quantised; in that order of
     * channels the means are 0.485, 0.456, 0.406, the stds 0.229, 0.224, 0.225.
     */
    public val inputInfo: InputInfo = imageInput(session)

    /** Names of the classes, in the order of [Category.index]; they are stored in the model. */
    public val labels: List<String> = session.labels

    /**
     * Finds the classes that the network favours, best first; among equal scores the lower index first.
     *
     * @param bitmap of any configuration and any size up to 16384 x 16384; alpha is ignored, a hardware bitmap is
     * copied first. It is only read.
     * @param topK how many; at least 1. More than there are classes gives all of them.
     * @return scores are probabilities: the sum over all classes is 1.
     * @throws PhotoTaggerException.InvalidInput an argument is not as described, or the bitmap is recycled.
     * @throws PhotoTaggerException.Closed after [close].
     */
    public fun classify(
        bitmap: Bitmap,
        topK: Int = 5,
    ): List<Category> = this.session.runImage(pixelsOf(bitmap), this.ranking.best(topK))

    /** [classify] on [Dispatchers.Default]. Cancelling has no effect on a network that is already running. */
    public suspend fun classifySuspending(
        bitmap: Bitmap,
        topK: Int = 5,
    ): List<Category> =
        withContext(Dispatchers.Default) {
            classify(bitmap, topK)
        }

    /**
     * Crops, resizes, normalises and quantises a bitmap into the remaining bytes of a direct buffer, exactly as
     * [classify] does on the way to the network.
     *
     * @param input has [InputInfo.byteCount] bytes remaining; its position does not change.
     * @throws PhotoTaggerException.InvalidInput a buffer that is not direct, is read-only or has another size, or a recycled bitmap.
     * @throws PhotoTaggerException.Closed after [close].
     */
    public fun preprocess(
        bitmap: Bitmap,
        input: ByteBuffer,
    ) {
        session.preprocess(pixelsOf(bitmap), input)
    }

    /**
     * Runs the network on its quantised tensor, for apps that prepare it themselves.
     *
     * @param input direct, with [InputInfo.byteCount] bytes remaining: int8 NHWC as [inputInfo] describes it. It is only
     * read, and its position does not change.
     * @return one score for each of [labels], as [classify] gives them.
     * @throws PhotoTaggerException.InvalidInput a buffer that is not direct or has another size.
     * @throws PhotoTaggerException.Closed after [close].
     */
    public fun scores(input: ByteBuffer): FloatArray = session.runQuantized(input, ranking.scores)

    /**
     * Frees the native memory after waiting for a running call; every later call throws
     * [PhotoTaggerException.Closed]. Closing again does nothing.
     */
    override fun close() {
        session.close()
    }

    /**
     * How to run the model.
     *
     * @property threads for one call, or 0 for the number of fast cores, at most 4. The result does not depend on it.
     * @property verifyWeights whether to compare the weights with their checksum, which reads the whole model once.
     * Its structure is always checked.
     */
    public class Options
        @JvmOverloads
        constructor(
            public val threads: Int = 0,
            public val verifyWeights: Boolean = false,
        )

    /** Makes [PhotoTagger] objects. */
    public companion object {
        private const val LIBRARY = "photo_tagger"
        private const val MODEL_ASSET = "photo_tagger/photo_tagger.pte"
        private val FINGERPRINT = 0xfedcba9876543210uL.toLong()

        /**
         * Opens the model that the SDK brings along as the asset `photo_tagger/photo_tagger.pte`.
         *
         * It is used in place, without a copy, when the APK stores it uncompressed:
         * `android { androidResources { noCompress += "pte" } }`. Otherwise it is read into memory once.
         *
         * @throws PhotoTaggerException of any kind but [PhotoTaggerException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            context: Context,
            options: Options = Options(),
        ): PhotoTagger = open(ModelFile.fromAsset(context.assets, MODEL_ASSET), options)

        /**
         * Opens a model file, which is used in place and must not change until [close].
         *
         * @throws PhotoTaggerException of any kind but [PhotoTaggerException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelFile: File,
            options: Options = Options(),
        ): PhotoTagger = open(ModelFile.fromFile(modelFile), options)

        /**
         * Opens a model in memory, for example one that the app decrypted.
         *
         * @param modelBuffer the remaining bytes. A direct buffer is used in place and must not change until [close]; any
         * other is copied.
         * @throws PhotoTaggerException of any kind but [PhotoTaggerException.Closed].
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
