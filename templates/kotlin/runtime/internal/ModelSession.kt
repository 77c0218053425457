// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * An open model: the native handle, the memory it reads and writes, and the lock that lets one thread in at a time.
 *
 * @property model the bytes that the native side reads in place; held here so that they stay reachable.
 */
internal class ModelSession private constructor(
    private val model: ByteBuffer,
    private var handle: Long,
) {
    private val lock = Any()

    /** Shapes of the float32 inputs, in the order of the model. */
    val inputs: List<TensorShape>

    /** Shapes of the float32 outputs, in the order of the model. */
    val outputs: List<TensorShape>

    /** The labels stored in the model, empty when it has none. */
    val labels: List<String>

    private val outputBuffers: Array<ByteBuffer>

    init {
        inputs = List(NativeModel.inputCount(handle)) { describe(it, NativeModel::describeInput) }
        outputs = List(NativeModel.outputCount(handle)) { describe(it, NativeModel::describeOutput) }
        labels = List(NativeModel.labelCount(handle)) { String(NativeModel.label(handle, it) ?: ByteArray(0)) }
        outputBuffers = Array(outputs.size) { floatBuffer(outputs[it].elements) }
    }

    // A model uses one of these two, so both wait; the lock guards them.
    private val imageBuffer by lazy(LazyThreadSafetyMode.NONE) { ByteBuffer.allocateDirect(inputs[0].elements) }
    private val inputBuffers by lazy(LazyThreadSafetyMode.NONE) { Array(inputs.size) { floatBuffer(inputs[it].elements) } }

    /** Runs on an image; `read` gets the outputs, which the next run overwrites. */
    fun <R> runImage(
        image: Pixels,
        read: (Array<ByteBuffer>) -> R,
    ): R =
        whileOpen {
            check(NativeModel.preprocess(handle, image.colours, image.width, image.height, imageBuffer))
            check(NativeModel.runQuantized(handle, imageBuffer, outputBuffers))
            read(outputBuffers)
        }

    /** Writes the int8 NHWC tensor that [runImage] would run on into the remaining bytes of `input`. */
    fun preprocess(
        image: Pixels,
        input: ByteBuffer,
    ) {
        if (input.isReadOnly) throw failure(FailureKind.INVALID_INPUT, "the buffer is read-only")
        val target = quantizedInput(input)
        whileOpen { check(NativeModel.preprocess(handle, image.colours, image.width, image.height, target)) }
    }

    /** Runs on the remaining bytes of `input`, an int8 NHWC tensor. */
    fun <R> runQuantized(
        input: ByteBuffer,
        read: (Array<ByteBuffer>) -> R,
    ): R {
        val source = quantizedInput(input)
        return whileOpen {
            check(NativeModel.runQuantized(handle, source, outputBuffers))
            read(outputBuffers)
        }
    }

    /** Runs on float32 tensors, `values[i]` for input i, called `names[i]` in messages. */
    fun <R> runTensors(
        names: List<String>,
        values: List<FloatArray>,
        read: (Array<ByteBuffer>) -> R,
    ): R {
        for (i in inputs.indices) {
            if (values[i].size != inputs[i].elements) {
                throw failure(
                    FailureKind.INVALID_INPUT,
                    "${names[i]} has ${values[i].size} values, ${inputs[i].elements} are needed: ${inputs[i].dimensions}",
                )
            }
        }
        return whileOpen {
            for (i in inputs.indices) inputBuffers[i].asFloatBuffer().put(values[i])
            check(NativeModel.run(handle, inputBuffers, outputBuffers))
            read(outputBuffers)
        }
    }

    /** Recomputes the checksum of the weights. */
    fun verify() {
        whileOpen { check(NativeModel.verify(handle)) }
    }

    /** Waits for a running call; does nothing the second time. */
    fun close() {
        synchronized(lock) {
            NativeModel.close(handle)
            handle = 0
        }
    }

    private inline fun <R> whileOpen(body: () -> R): R =
        synchronized(lock) {
            if (handle == 0L) throw failure(FailureKind.CLOSED, "it was closed before this call")
            orOutOfMemory("the tensors of the model") { body() }
        }

    private fun quantizedInput(input: ByteBuffer): ByteBuffer {
        val bytes = inputs[0].elements
        if (!input.isDirect) throw failure(FailureKind.INVALID_INPUT, "the buffer is not direct: ByteBuffer.allocateDirect")
        if (input.remaining() != bytes) {
            throw failure(FailureKind.INVALID_INPUT, "the buffer has ${input.remaining()} bytes remaining, $bytes are needed")
        }
        return input.slice()
    }

    private fun describe(
        index: Int,
        query: (Long, Int, IntArray) -> Int,
    ): TensorShape {
        val fields = IntArray(TensorShape.FIELDS)
        check(query(handle, index, fields))
        return TensorShape(fields)
    }

    companion object {
        private const val ABI_VERSION = 1

        /**
         * Opens the model in a direct buffer and checks that library, model and wrapper belong together.
         *
         * @param threads per run; with 0 the library chooses.
         * @param fingerprint of the SDK that the model must have been built for.
         */
        fun open(
            library: String,
            model: ByteBuffer,
            threads: Int,
            fingerprint: Long,
        ): ModelSession {
            if (threads < 0) throw failure(FailureKind.INVALID_INPUT, "threads is $threads, 0 or more is needed")
            if (!model.hasRemaining()) throw failure(FailureKind.INVALID_MODEL, "the model is empty")
            loadLibrary(library)
            val handle = LongArray(1)
            var bytes = model
            var status = NativeModel.open(bytes, threads, fingerprint, handle)
            if (status == Status.ALIGNMENT) {
                bytes = ModelFile.copy(model)
                status = NativeModel.open(bytes, threads, fingerprint, handle)
            }
            check(status)
            try {
                return orOutOfMemory("the tensors of the model") { ModelSession(bytes, handle[0]) }
            } catch (e: Throwable) {
                NativeModel.close(handle[0])
                throw e
            }
        }

        /** A copy of a float32 tensor. */
        fun floats(tensor: ByteBuffer): FloatArray {
            val values = tensor.asFloatBuffer()
            return FloatArray(values.remaining()).also { values.get(it) }
        }

        /** Throws the exception for a status other than OK. */
        fun check(status: Int) {
            if (status != Status.OK) throw failure(Status.failureKind(status), NativeModel.statusText(status))
        }

        private fun loadLibrary(library: String) {
            try {
                System.loadLibrary(library)
            } catch (e: LinkageError) {
                throw failure(FailureKind.INCOMPATIBLE, "the native library $library cannot be loaded: ${e.message}", e)
            }
            val version = NativeModel.abiVersion()
            if (version != ABI_VERSION) {
                throw failure(
                    FailureKind.INCOMPATIBLE,
                    "the native library $library has version $version of its interface, $ABI_VERSION is needed",
                )
            }
        }

        private fun floatBuffer(elements: Int): ByteBuffer =
            ByteBuffer.allocateDirect(elements * Float.SIZE_BYTES).order(ByteOrder.nativeOrder())
    }
}
