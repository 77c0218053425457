// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime

/**
 * Describes the quantized image tensor that the network takes: int8 in NHWC layout, contiguous, batch size 1.
 *
 * A quantized value q represents the normalized value (q - [zeroPoint]) * [scale].
 *
 * @property height the height in pixels.
 * @property width the width in pixels.
 * @property channels the number of channels.
 * @property scale the quantization scale.
 * @property zeroPoint the quantization zero point, -128 to 127.
 */
public class InputInfo internal constructor(
    public val height: Int,
    public val width: Int,
    public val channels: Int,
    public val scale: Float,
    public val zeroPoint: Int,
) {
    /** The size of the tensor in bytes: [height] * [width] * [channels]. */
    public val byteCount: Int = height * width * channels

    override fun toString(): String = "InputInfo(int8 NHWC 1 x $height x $width x $channels, scale=$scale, zeroPoint=$zeroPoint)"
}
