package v1alpha1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/resource"
)

// amounts are quantities of every form, and near misses.
var amounts = []string{
	"0", "1", "007", "-3", "+4", "1.5", "1.", ".5", "0.1", "-0", "0.0000000001", "-0.0000000001", "1.0000000001",
	"1n", "1u", "500m", "1k", "2M", "3G", "4T", "5P", "6E", "9E", "10E", "100E", "1Ki", "2Mi", "3Gi", "4Ti", "5Pi", "6Ei", "8Ei", "-9Ei", "1.5Gi", "0.1Gi", "0.0000000001Ki",
	"1e3", "1E3", "12e6", "1e-3", "1e+3", "1e+06", "1.5e3", "1E", "1e0", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "9223372036854775807Ki",
	"", " 1", "1 ", "1K", "1ki", "1mi", "1i", "1e", "1Ee3", "1e3Mi", "1eMi", "1.2.3", "--1", "1-", "1g", "1GB", "10 Gi", "0x10", "1_000", "abc", ".inf", "1e3.5", "1e1e1", "+-1", ".-5", "1.+5", "١",
}

func TestQuantityIsThatOfKubernetes(t *testing.T) {
	for _, text := range amounts {
		t.Run(text, func(t *testing.T) {
			want, err := resource.ParseQuantity(text)
			q := Quantity(text)
			assert.Equal(t, err == nil, q.Valid())
			if err != nil {
				return
			}
			assert.Equal(t, want.Sign(), q.Sign(), "sign")
			for _, other := range amounts {
				if parsed, err := resource.ParseQuantity(other); err == nil {
					assert.Equal(t, want.Cmp(parsed), q.Cmp(Quantity(other)), "compared with %s", other)
				}
			}
			// Kubernetes makes +1 of a negative fraction, which is not to be copied.
			if bytes, ok := q.Bytes(); ok && q.Sign() >= 0 {
				assert.Equal(t, want.Value(), bytes, "bytes")
			}
		})
	}
}

func TestQuantityIsStricterThanKubernetes(t *testing.T) {
	for _, text := range []string{".", "+", "-", "m", "Ki", "e3", "1e31", "1e-31", "1e99999999999"} {
		assert.False(t, Quantity(text).Valid(), text)
	}
}

func TestBytes(t *testing.T) {
	tests := []struct {
		reason string
		q      Quantity
		want   int64
		ok     bool
	}{
		{"powers of 1024", "1Gi", 1 << 30, true},
		{"powers of 1000", "1G", 1_000_000_000, true},
		{"a fraction of a unit", "1.5Gi", 3 << 29, true},
		{"a fraction of a byte is rounded away from zero", "0.1Gi", 107374183, true},
		{"the largest", "9223372036854775807", 1<<63 - 1, true},
		{"too large", "9223372036854775808", 0, false},
		{"Kubernetes caps what is too large and binary", "8Ei", 1<<63 - 1, true},
		{"not a quantity", "1 Gi", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got, ok := tt.q.Bytes()
			assert.Equal(t, tt.ok, ok)
			if ok {
				assert.Equal(t, tt.want, got)
			}
		})
	}
}

func FuzzQuantity(f *testing.F) {
	for i, text := range amounts {
		f.Add(text, amounts[len(amounts)-1-i])
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		q, o := Quantity(text), Quantity(other)
		if !q.Valid() || !o.Valid() { // ours is the stricter one, and quick with absurd exponents
			return
		}
		want, err := resource.ParseQuantity(text)
		if err != nil {
			t.Fatalf("Kubernetes refuses %q: %v", text, err)
		}
		wantOther, err := resource.ParseQuantity(other)
		if err != nil {
			t.Fatalf("Kubernetes refuses %q: %v", other, err)
		}
		if got, want := q.Cmp(o), want.Cmp(wantOther); got != want {
			t.Errorf("%q compared with %q is %d, Kubernetes says %d", text, other, got, want)
		}
		if got, ok := q.Bytes(); ok && q.Sign() >= 0 && got != want.Value() {
			t.Errorf("%q is %d bytes, Kubernetes says %d", text, got, want.Value())
		}
	})
}
