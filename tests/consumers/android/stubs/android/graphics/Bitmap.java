package android.graphics;

public final class Bitmap {
    Bitmap() {}

    public enum Config {
        ARGB_8888
    }

    public static Bitmap createBitmap(int width, int height, Config config) {
        throw new UnsupportedOperationException();
    }

    public static Bitmap createBitmap(
            Bitmap source, int x, int y, int width, int height, Matrix m, boolean filter) {
        throw new UnsupportedOperationException();
    }

    public int getWidth() {
        throw new UnsupportedOperationException();
    }

    public int getHeight() {
        throw new UnsupportedOperationException();
    }

    public void eraseColor(int c) {
        throw new UnsupportedOperationException();
    }
}
