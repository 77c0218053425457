package android.content;

import android.content.res.AssetManager;

/** The part of android.content.Context (API 21) that generated SDKs use: compiled against, never shipped. */
public abstract class Context {
    public abstract AssetManager getAssets();
}
