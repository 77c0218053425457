// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

/** Shape and quantization of an input or output. */
internal class TensorShape(
    fields: IntArray,
) {
    /** (N, C) or NCHW. */
    val dimensions: List<Int> = fields.slice(1..fields[0])

    /** Product of [dimensions]. */
    val elements: Int = fields[ELEMENTS]

    /** Of the quantised tensor, real = (q - zeroPoint) * scale; only for an image input. */
    val zeroPoint: Int = fields[ZERO_POINT]

    /** See [zeroPoint]. */
    val scale: Float = Float.fromBits(fields[SCALE_BITS])

    companion object {
        /** Length of the array that [NativeModel.describeInput] fills. */
        const val FIELDS: Int = 8
        private const val ELEMENTS = 5
        private const val ZERO_POINT = 6
        private const val SCALE_BITS = 7
    }
}
