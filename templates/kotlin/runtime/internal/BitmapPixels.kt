// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import android.graphics.Bitmap

/** As `sg_image` in the C API. */
private const val MAXIMUM_SIDE = 16384

/** Reads a bitmap of any configuration; a hardware bitmap through a temporary copy. */
internal fun pixelsOf(bitmap: Bitmap): Pixels {
    if (bitmap.isRecycled) throw failure(FailureKind.INVALID_INPUT, "the bitmap is recycled")
    val width = bitmap.width
    val height = bitmap.height
    if (width > MAXIMUM_SIDE || height > MAXIMUM_SIDE) {
        throw failure(FailureKind.INVALID_INPUT, "the bitmap is $width x $height, at most $MAXIMUM_SIDE is allowed")
    }
    return orOutOfMemory("the $width x $height pixels of the bitmap") {
        val readable = if (isHardware(bitmap)) copy(bitmap) else bitmap
        try {
            val colours = IntArray(width * height)
            readable.getPixels(colours, 0, width, 0, 0, width, height)
            Pixels(width, height, colours)
        } finally {
            if (readable !== bitmap) readable.recycle()
        }
    }
}

/** Its pixels are in graphics memory, where getPixels cannot read. By name: the constant came with API 26. */
private fun isHardware(bitmap: Bitmap): Boolean = bitmap.config?.name == "HARDWARE"

private fun copy(bitmap: Bitmap): Bitmap =
    bitmap.copy(Bitmap.Config.ARGB_8888, false)
        ?: throw failure(FailureKind.OUT_OF_MEMORY, "the hardware bitmap cannot be copied")
