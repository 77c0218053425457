package sdkgen.runtime

/**
 * The quantised image tensor that the network takes: int8, layout NHWC (row by row, the channels of a pixel side by
 * side), contiguous, one image. A stored value q stands for the normalised value (q - [zeroPoint]) * [scale].
 *
 * @property height rows.
 * @property width pixels in a row.
 * @property channels values of a pixel.
 * @property scale step between two neighbouring stored values.
 * @property zeroPoint stored value that stands for 0, -128 to 127.
 */
public class InputInfo internal constructor(
    public val height: Int,
    public val width: Int,
    public val channels: Int,
    public val scale: Float,
    public val zeroPoint: Int,
) {
    /** Size of the tensor: height * width * channels. */
    public val byteCount: Int = height * width * channels

    override fun toString(): String = "InputInfo(int8 NHWC 1 x $height x $width x $channels, scale=$scale, zeroPoint=$zeroPoint)"
}
