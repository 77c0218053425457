package androidx.camera.core;

/** https://developer.android.com/reference/androidx/camera/core/ImageAnalysis */
public final class ImageAnalysis {
    public static final int STRATEGY_KEEP_ONLY_LATEST = 0;

    ImageAnalysis() {}

    /** https://developer.android.com/reference/androidx/camera/core/ImageAnalysis.Analyzer */
    public interface Analyzer {
        void analyze(ImageProxy image);
    }
}
