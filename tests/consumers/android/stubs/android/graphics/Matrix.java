package android.graphics;

public class Matrix {
    public boolean postRotate(float degrees) {
        throw new UnsupportedOperationException();
    }
}
