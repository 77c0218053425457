package androidx.camera.core;

/** https://developer.android.com/reference/androidx/camera/core/ImageInfo */
public interface ImageInfo {
    int getRotationDegrees();
}
