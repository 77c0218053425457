package androidx.activity.result;

import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia;

public final class PickVisualMediaRequest {
    PickVisualMediaRequest() {}

    public static final class Builder {
        public Builder setMediaType(PickVisualMedia.VisualMediaType mediaType) {
            throw new UnsupportedOperationException();
        }

        public PickVisualMediaRequest build() {
            throw new UnsupportedOperationException();
        }
    }
}
