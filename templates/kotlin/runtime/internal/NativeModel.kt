// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import java.nio.ByteBuffer

/**
 * The C API of the native library, registered by `JNI_OnLoad`; [ModelSession] is its one caller.
 *
 * A handle is used by one thread at a time. `Int` results are status codes ([Status]) unless said otherwise. All
 * buffers are direct; floats in them are in native byte order.
 */
internal object NativeModel {
    /** Version of the C API that the library was built with. */
    @JvmStatic
    external fun abiVersion(): Int

    /** One sentence about a status code. */
    @JvmStatic
    external fun statusText(status: Int): String

    /** Writes the handle into `handle[0]`; `model` must stay reachable and unchanged until [close]. */
    @JvmStatic
    external fun open(
        model: ByteBuffer,
        threads: Int,
        fingerprint: Long,
        handle: LongArray,
    ): Int

    @JvmStatic
    external fun close(handle: Long)

    @JvmStatic
    external fun inputCount(handle: Long): Int

    @JvmStatic
    external fun outputCount(handle: Long): Int

    /** Writes rank, four dimensions, element count, zero point and the bits of the scale into `fields`. */
    @JvmStatic
    external fun describeInput(
        handle: Long,
        index: Int,
        fields: IntArray,
    ): Int

    /** The same as [describeInput] for an output. */
    @JvmStatic
    external fun describeOutput(
        handle: Long,
        index: Int,
        fields: IntArray,
    ): Int

    @JvmStatic
    external fun labelCount(handle: Long): Int

    /** UTF-8, or null when there is no such label. */
    @JvmStatic
    external fun label(
        handle: Long,
        index: Int,
    ): ByteArray?

    /** Recomputes the checksum of the weights. */
    @JvmStatic
    external fun verify(handle: Long): Int

    /** Resizes, normalises and quantises 0xAARRGGBB `pixels` (rows of `width`) into the int8 NHWC `input`. */
    @JvmStatic
    external fun preprocess(
        handle: Long,
        pixels: IntArray,
        width: Int,
        height: Int,
        input: ByteBuffer,
    ): Int

    @JvmStatic
    external fun runQuantized(
        handle: Long,
        input: ByteBuffer,
        outputs: Array<ByteBuffer>,
    ): Int

    @JvmStatic
    external fun run(
        handle: Long,
        inputs: Array<ByteBuffer>,
        outputs: Array<ByteBuffer>,
    ): Int

    /** Softmax in place over the first `count` floats. */
    @JvmStatic
    external fun softmax(
        scores: ByteBuffer,
        count: Int,
    ): Int

    /** Fills `indices` and `values`, both of one length k <= `count`, with the k highest scores, highest first. */
    @JvmStatic
    external fun topK(
        scores: ByteBuffer,
        count: Int,
        indices: IntArray,
        values: FloatArray,
    ): Int
}
