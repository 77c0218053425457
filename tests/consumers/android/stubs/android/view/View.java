package android.view;

import android.content.Context;

public class View {
    public static final int VISIBLE = 0x00000000;
    public static final int GONE = 0x00000008;

    public View(Context context) {}

    public interface OnClickListener {
        void onClick(View v);
    }

    public void setOnClickListener(OnClickListener l) {
        throw new UnsupportedOperationException();
    }

    public void setVisibility(int visibility) {
        throw new UnsupportedOperationException();
    }

    public int getVisibility() {
        throw new UnsupportedOperationException();
    }
}
