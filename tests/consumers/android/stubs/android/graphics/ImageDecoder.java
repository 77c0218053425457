package android.graphics;

import android.content.ContentResolver;
import android.net.Uri;
import android.util.Size;
import java.io.IOException;

public final class ImageDecoder {
    public static final int ALLOCATOR_SOFTWARE = 1;

    ImageDecoder() {}

    public abstract static class Source {
        Source() {}
    }

    public static Source createSource(ContentResolver cr, Uri uri) {
        throw new UnsupportedOperationException();
    }

    public static class ImageInfo {
        ImageInfo() {}

        public Size getSize() {
            throw new UnsupportedOperationException();
        }
    }

    public interface OnHeaderDecodedListener {
        void onHeaderDecoded(ImageDecoder decoder, ImageInfo info, Source source);
    }

    public int getAllocator() {
        throw new UnsupportedOperationException();
    }

    public void setAllocator(int allocator) {
        throw new UnsupportedOperationException();
    }

    public void setTargetSampleSize(int sampleSize) {
        throw new UnsupportedOperationException();
    }

    public static Bitmap decodeBitmap(Source src, OnHeaderDecodedListener listener) throws IOException {
        throw new UnsupportedOperationException();
    }
}
