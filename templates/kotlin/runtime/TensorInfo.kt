// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime

/**
 * Describes a float32 tensor of the model: contiguous, in row-major order.
 *
 * @property name the name of the tensor in the spec of the SDK.
 * @property shape the shape, (N, C) or (N, C, H, W) with N = 1.
 */
public class TensorInfo internal constructor(
    public val name: String,
    public val shape: List<Int>,
) {
    /** The number of values: the product of [shape]. */
    public val elementCount: Int = shape.fold(1, Int::times)

    override fun toString(): String = "TensorInfo($name, float32 ${shape.joinToString(" x ")})"
}
