package androidx.camera.core;

import android.graphics.Bitmap;

/** https://developer.android.com/reference/androidx/camera/core/ImageProxy */
public interface ImageProxy extends AutoCloseable {
    @Override
    void close();

    ImageInfo getImageInfo();

    Bitmap toBitmap();
}
