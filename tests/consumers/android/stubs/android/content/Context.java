package android.content;

import android.content.res.AssetManager;

public abstract class Context {
    public abstract AssetManager getAssets();

    public abstract ContentResolver getContentResolver();

    public abstract Context getApplicationContext();

    public final String getString(int resId, Object... formatArgs) {
        throw new UnsupportedOperationException();
    }

    public abstract int checkSelfPermission(String permission);
}
