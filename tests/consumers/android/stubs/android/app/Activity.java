package android.app;

import android.os.Bundle;
import android.view.ContextThemeWrapper;
import android.view.View;

public class Activity extends ContextThemeWrapper {
    public Activity() {
        super(null, 0);
    }

    protected void onCreate(Bundle savedInstanceState) {
        throw new UnsupportedOperationException();
    }

    protected void onDestroy() {
        throw new UnsupportedOperationException();
    }

    public void setContentView(int layoutResID) {
        throw new UnsupportedOperationException();
    }

    public void setContentView(View view) {
        throw new UnsupportedOperationException();
    }

    public <T extends View> T findViewById(int id) {
        throw new UnsupportedOperationException();
    }

    public final void runOnUiThread(Runnable action) {
        throw new UnsupportedOperationException();
    }
}
