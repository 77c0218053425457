package androidx.camera.view;

import android.content.Context;
import androidx.lifecycle.LifecycleOwner;

/** https://developer.android.com/reference/androidx/camera/view/LifecycleCameraController */
public final class LifecycleCameraController extends CameraController {
    public LifecycleCameraController(Context context) {}

    public void bindToLifecycle(LifecycleOwner lifecycleOwner) {
        throw new UnsupportedOperationException();
    }

    public void unbind() {
        throw new UnsupportedOperationException();
    }
}
