package android.content.res;

import java.io.IOException;
import java.io.InputStream;

/** The part of android.content.res.AssetManager (API 21) that generated SDKs use: compiled against, never shipped. */
public final class AssetManager {
    AssetManager() {}

    public AssetFileDescriptor openFd(String fileName) throws IOException {
        throw new UnsupportedOperationException();
    }

    public InputStream open(String fileName) throws IOException {
        throw new UnsupportedOperationException();
    }
}
