package com.example.names

import android.content.Context
import com.example.names.internal.ModelFile
import com.example.names.internal.ModelSession
import com.example.names.internal.Ranking
import com.example.names.internal.namedTensors
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.nio.ByteBuffer

/**
 * init: "quotes" \(interpolation) ${x} $y *&#47; `ticks` — 図形 👩‍🚀 <b>&amp;amp;</b> # * &#91;link] ``Type``
 *
 * - Throws: nothing
 *
 * An object holds the model's working memory, so make one, keep it, and [close] it when it is no longer needed. It may be
 * used from any thread; calls on one object run one after the other, calls on different objects at the same time. A call
 * blocks its thread while the network runs: away from the main thread use the suspending variants.
 *
 * Version 1.2.0.
 */
public class Protocol private constructor(
    private val session: ModelSession,
    private val ranking: Ranking,
) : AutoCloseable {
    /** The inputs in the order of the parameters. */
    public val inputs: List<TensorInfo> = namedTensors(INPUT_NAMES, session.inputs)

    /** Names of the classes, in the order of [Category.index]; they are stored in the model. */
    public val labels: List<String> = session.labels

    /**
     * Finds the classes that the network favours, best first; among equal scores the lower index first.
     *
     * @param default `default`, shape (1, 2), the last dimension varying fastest.
     * @param init `init`, shape (1, 3), the last dimension varying fastest.
     * @param self `self`, shape (1, 1), the last dimension varying fastest.
     * @param inout `inout`, shape (1, 1), the last dimension varying fastest.
     * @param `object` `object`, shape (1, 1), the last dimension varying fastest.
     * @param someThing `some thing`, shape (1, 1), the last dimension varying fastest.
     * @param quoTe `quo"te\`, shape (1, 1), the last dimension varying fastest.
     * @param 数値 `数値`, shape (1, 1), the last dimension varying fastest.
     * @param ünïÇode `Ünï_çode`, shape (1, 2), the last dimension varying fastest.
     * @param topK how many; at least 1. More than there are classes gives all of them.
     * @return scores are probabilities: the sum over all classes is 1.
     * @throws ProtocolException.InvalidInput an argument is not as described.
     * @throws ProtocolException.Closed after [close].
     */
    public fun classify(
        default: FloatArray,
        init: FloatArray,
        self: FloatArray,
        inout: FloatArray,
        `object`: FloatArray,
        someThing: FloatArray,
        quoTe: FloatArray,
        数値: FloatArray,
        ünïÇode: FloatArray,
        topK: Int = 5,
    ): List<Category> =
        this.session.runTensors(
            INPUT_NAMES,
            listOf(
                default,
                init,
                self,
                inout,
                `object`,
                someThing,
                quoTe,
                数値,
                ünïÇode,
            ),
            this.ranking.best(topK),
        )

    /** [classify] on [Dispatchers.Default]. Cancelling has no effect on a network that is already running. */
    public suspend fun classifySuspending(
        default: FloatArray,
        init: FloatArray,
        self: FloatArray,
        inout: FloatArray,
        `object`: FloatArray,
        someThing: FloatArray,
        quoTe: FloatArray,
        数値: FloatArray,
        ünïÇode: FloatArray,
        topK: Int = 5,
    ): List<Category> =
        withContext(Dispatchers.Default) {
            classify(
                default,
                init,
                self,
                inout,
                `object`,
                someThing,
                quoTe,
                数値,
                ünïÇode,
                topK,
            )
        }

    /**
     * Frees the native memory after waiting for a running call; every later call throws
     * [ProtocolException.Closed]. Closing again does nothing.
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

    /** Makes [Protocol] objects. */
    public companion object {
        private const val LIBRARY = "protocol"
        private const val MODEL_ASSET = "protocol/protocol.pte"
        private val FINGERPRINT = 0xfedcba9876543210uL.toLong()
        private val INPUT_NAMES =
            listOf(
                "default",
                "init",
                "self",
                "inout",
                "object",
                "some thing",
                "quo\"te\\",
                "数値",
                "Ünï_çode",
            )

        /**
         * Opens the model that the SDK brings along as the asset `protocol/protocol.pte`.
         *
         * It is used in place, without a copy, when the APK stores it uncompressed:
         * `android { androidResources { noCompress += "pte" } }`. Otherwise it is read into memory once.
         *
         * @throws ProtocolException of any kind but [ProtocolException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            context: Context,
            options: Options = Options(),
        ): Protocol = open(ModelFile.fromAsset(context.assets, MODEL_ASSET), options)

        /**
         * Opens a model file, which is used in place and must not change until [close].
         *
         * @throws ProtocolException of any kind but [ProtocolException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelFile: File,
            options: Options = Options(),
        ): Protocol = open(ModelFile.fromFile(modelFile), options)

        /**
         * Opens a model in memory, for example one that the app decrypted.
         *
         * @param modelBuffer the remaining bytes. A direct buffer is used in place and must not change until [close]; any
         * other is copied.
         * @throws ProtocolException of any kind but [ProtocolException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelBuffer: ByteBuffer,
            options: Options = Options(),
        ): Protocol = open(ModelFile.fromBuffer(modelBuffer), options)

        private fun open(
            model: ByteBuffer,
            options: Options,
        ): Protocol {
            val session = ModelSession.open(LIBRARY, model, options.threads, FINGERPRINT)
            try {
                if (options.verifyWeights) session.verify()
                return Protocol(session, Ranking.of(session, softmax = true))
            } catch (e: ProtocolException) {
                session.close()
                throw e
            }
        }
    }
}
