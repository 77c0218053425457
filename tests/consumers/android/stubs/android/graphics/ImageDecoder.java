package android.graphics;

import android.content.ContentResolver;
import android.net.Uri;
import java.io.IOException;

public final class ImageDecoder {
    ImageDecoder() {}

    public abstract static class Source {
        Source() {}
    }

    public static Source createSource(ContentResolver cr, Uri uri) {
        throw new UnsupportedOperationException();
    }

    public static Bitmap decodeBitmap(Source src) throws IOException {
        throw new UnsupportedOperationException();
    }
}
