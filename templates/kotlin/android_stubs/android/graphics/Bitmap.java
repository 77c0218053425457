package android.graphics;

/** The part of android.graphics.Bitmap (API 21) that generated SDKs use: compiled against, never shipped. */
public final class Bitmap {
    Bitmap() {}

    public enum Config {
        ALPHA_8,
        RGB_565,
        ARGB_4444,
        ARGB_8888
    }

    public static Bitmap createBitmap(int[] colors, int width, int height, Config config) {
        throw new UnsupportedOperationException();
    }

    public int getWidth() {
        throw new UnsupportedOperationException();
    }

    public int getHeight() {
        throw new UnsupportedOperationException();
    }

    public Config getConfig() {
        throw new UnsupportedOperationException();
    }

    public boolean isRecycled() {
        throw new UnsupportedOperationException();
    }

    public void recycle() {
        throw new UnsupportedOperationException();
    }

    public Bitmap copy(Config config, boolean isMutable) {
        throw new UnsupportedOperationException();
    }

    public void getPixels(int[] pixels, int offset, int stride, int x, int y, int width, int height) {
        throw new UnsupportedOperationException();
    }
}
