package android.content;

import android.content.res.AssetManager;

public class ContextWrapper extends Context {
    public ContextWrapper(Context base) {}

    @Override
    public AssetManager getAssets() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ContentResolver getContentResolver() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Context getApplicationContext() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int checkSelfPermission(String permission) {
        throw new UnsupportedOperationException();
    }
}
