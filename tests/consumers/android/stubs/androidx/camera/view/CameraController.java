package androidx.camera.view;

import androidx.camera.core.ImageAnalysis;
import java.util.concurrent.Executor;

/** https://developer.android.com/reference/androidx/camera/view/CameraController */
public abstract class CameraController {
    public static final int IMAGE_ANALYSIS = 1 << 1;

    CameraController() {}

    public void setEnabledUseCases(int enabledUseCases) {
        throw new UnsupportedOperationException();
    }

    public void setImageAnalysisBackpressureStrategy(int strategy) {
        throw new UnsupportedOperationException();
    }

    public void setImageAnalysisAnalyzer(Executor executor, ImageAnalysis.Analyzer analyzer) {
        throw new UnsupportedOperationException();
    }

    public void clearImageAnalysisAnalyzer() {
        throw new UnsupportedOperationException();
    }
}
