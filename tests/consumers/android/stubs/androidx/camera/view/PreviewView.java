package androidx.camera.view;

import android.content.Context;
import android.view.View;

/** https://developer.android.com/reference/androidx/camera/view/PreviewView, a FrameLayout there */
public final class PreviewView extends View {
    public PreviewView(Context context) {
        super(context);
    }

    public CameraController getController() {
        throw new UnsupportedOperationException();
    }

    public void setController(CameraController cameraController) {
        throw new UnsupportedOperationException();
    }
}
