package android.graphics

/** A bitmap of 32-bit colours on a JVM, behaving as Android documents it as far as SDKs use it. */
public class Bitmap private constructor(
    private val colours: IntArray,
    public val width: Int,
    public val height: Int,
    public val config: Config?,
) {
    public var isRecycled: Boolean = false
        private set

    public enum class Config { ALPHA_8, RGB_565, ARGB_4444, ARGB_8888, RGBA_F16, HARDWARE }

    /** As on Android, every later access to the pixels throws. */
    public fun recycle() {
        isRecycled = true
    }

    /** As on Android, the way to make a hardware bitmap and the way back. */
    public fun copy(
        config: Config?,
        @Suppress("UNUSED_PARAMETER") isMutable: Boolean,
    ): Bitmap? {
        check(!isRecycled) { "Can't copy a recycled bitmap" }
        return Bitmap(colours.clone(), width, height, config)
    }

    public fun getPixels(
        pixels: IntArray,
        offset: Int,
        stride: Int,
        x: Int,
        y: Int,
        width: Int,
        height: Int,
    ) {
        check(!isRecycled) { "Can't call getPixels() on a recycled bitmap" }
        check(config != Config.HARDWARE) { "unable to getPixels(), pixel access is not supported on Config#HARDWARE bitmaps" }
        for (row in 0 until height) {
            val start = (y + row) * this.width + x
            colours.copyInto(pixels, offset + row * stride, start, start + width)
        }
    }

    public companion object {
        /** `colors` are 0xAARRGGBB, row by row. */
        @JvmStatic
        public fun createBitmap(
            colors: IntArray,
            width: Int,
            height: Int,
            config: Config?,
        ): Bitmap {
            require(width > 0 && height > 0) { "width and height must be > 0" }
            return Bitmap(colors.copyOf(width * height), width, height, config)
        }
    }
}
