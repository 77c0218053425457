package sdkgen.runtime

/**
 * One float32 tensor of the model: contiguous, the last dimension varies fastest.
 *
 * @property name name in the model.
 * @property shape (N, C) or (N, C, H, W), N = 1.
 */
public class TensorInfo internal constructor(
    public val name: String,
    public val shape: List<Int>,
) {
    /** Number of values: the product of [shape]. */
    public val elementCount: Int = shape.fold(1, Int::times)

    override fun toString(): String = "TensorInfo($name, float32 ${shape.joinToString(" x ")})"
}
