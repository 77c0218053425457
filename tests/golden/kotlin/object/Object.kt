package com.example.`in`.awkward

import android.content.Context
import com.example.`in`.awkward.internal.ModelFile
import com.example.`in`.awkward.internal.ModelSession
import com.example.`in`.awkward.internal.namedTensors
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.nio.ByteBuffer

/**
 * He said "*&#47; $x" /&#42; and &#91;link] — 図形, twice.
 *
 * &#64;throws Nothing that matters: \u0041, ${1 + 1}, `code` and <b>bold</b>.
 *
 * An object holds the model's working memory, so make one, keep it, and [close] it when it is no longer needed. It may be
 * used from any thread; calls on one object run one after the other, calls on different objects at the same time. A call
 * blocks its thread while the network runs: away from the main thread use the suspending variants.
 *
 * Version 1.2.0.
 */
public class Object private constructor(
    private val session: ModelSession,
) : AutoCloseable {
    /** The inputs in the order of the parameters. */
    public val inputs: List<TensorInfo> = namedTensors(INPUT_NAMES, session.inputs)

    /** The outputs in the order of [Outputs]. */
    public val outputs: List<TensorInfo> = namedTensors(OUTPUT_NAMES, session.outputs)

    /**
     * Runs the network.
     *
     * @param `fun` `fun`, shape (1, 3), the last dimension varying fastest.
     * @param inClass `in_class`, shape (1, 2, 4, 5), the last dimension varying fastest.
     * @param classInput `class`, shape (1, 7), the last dimension varying fastest.
     * @param session `session`, shape (1, 1), the last dimension varying fastest.
     * @throws ObjectException.InvalidInput an argument is not as described.
     * @throws ObjectException.Closed after [close].
     */
    public fun run(
        `fun`: FloatArray,
        inClass: FloatArray,
        classInput: FloatArray,
        session: FloatArray,
    ): Outputs =
        this.session.runTensors(
            INPUT_NAMES,
            listOf(
                `fun`,
                inClass,
                classInput,
                session,
            ),
            ::readOutputs,
        )

    /** [run] on [Dispatchers.Default]. Cancelling has no effect on a network that is already running. */
    public suspend fun runSuspending(
        `fun`: FloatArray,
        inClass: FloatArray,
        classInput: FloatArray,
        session: FloatArray,
    ): Outputs =
        withContext(Dispatchers.Default) {
            run(
                `fun`,
                inClass,
                classInput,
                session,
            )
        }

    /**
     * Frees the native memory after waiting for a running call; every later call throws
     * [ObjectException.Closed]. Closing again does nothing.
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

    /** What the network computed: float32 tensors, the last dimension varying fastest. */
    public class Outputs internal constructor(
        /** `class`, shape as in [outputs]. */
        public val classOutput: FloatArray,
        /** `val`, shape as in [outputs]. */
        public val `val`: FloatArray,
        /** `größe`, shape as in [outputs]. */
        public val größe: FloatArray,
        /** `2d$scores`, shape as in [outputs]. */
        public val output2dScores: FloatArray,
    )

    /** Makes [Object] objects. */
    public companion object {
        private const val LIBRARY = "object"
        private const val MODEL_ASSET = "object/object.pte"
        private val FINGERPRINT = 0xfedcba9876543210uL.toLong()
        private val INPUT_NAMES =
            listOf(
                "fun",
                "in_class",
                "class",
                "session",
            )
        private val OUTPUT_NAMES =
            listOf(
                "class",
                "val",
                "größe",
                "2d\$scores",
            )

        /**
         * Opens the model that the SDK brings along as the asset `object/object.pte`.
         *
         * It is used in place, without a copy, when the APK stores it uncompressed:
         * `android { androidResources { noCompress += "pte" } }`. Otherwise it is read into memory once.
         *
         * @throws ObjectException of any kind but [ObjectException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            context: Context,
            options: Options = Options(),
        ): Object = open(ModelFile.fromAsset(context.assets, MODEL_ASSET), options)

        /**
         * Opens a model file, which is used in place and must not change until [close].
         *
         * @throws ObjectException of any kind but [ObjectException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelFile: File,
            options: Options = Options(),
        ): Object = open(ModelFile.fromFile(modelFile), options)

        /**
         * Opens a model in memory, for example one that the app decrypted.
         *
         * @param modelBuffer the remaining bytes. A direct buffer is used in place and must not change until [close]; any
         * other is copied.
         * @throws ObjectException of any kind but [ObjectException.Closed].
         */
        @JvmStatic
        @JvmOverloads
        public fun create(
            modelBuffer: ByteBuffer,
            options: Options = Options(),
        ): Object = open(ModelFile.fromBuffer(modelBuffer), options)

        private fun open(
            model: ByteBuffer,
            options: Options,
        ): Object {
            val session = ModelSession.open(LIBRARY, model, options.threads, FINGERPRINT)
            try {
                if (options.verifyWeights) session.verify()
                return Object(session)
            } catch (e: ObjectException) {
                session.close()
                throw e
            }
        }

        private fun readOutputs(tensors: Array<ByteBuffer>): Outputs =
            Outputs(
                ModelSession.floats(tensors[0]),
                ModelSession.floats(tensors[1]),
                ModelSession.floats(tensors[2]),
                ModelSession.floats(tensors[3]),
            )
    }
}
