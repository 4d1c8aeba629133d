package v1alpha1

import (
	"math/big"
	"strconv"
	"strings"
)

// A quantity is kept as a whole number of billionths, which is as fine as
// Kubernetes goes.
const nano = 9

// The largest power of ten that an exponent may name. Kubernetes sets no bound
// and stores no amount beyond 2^63 either; a bound keeps 1e999999999 from
// costing a gigabyte.
const maxExponent = 30

// Valid reports whether Kubernetes can read the quantity: a decimal number,
// then nothing, one of the suffixes n u m k M G T P E (powers of 1000), one of
// Ki Mi Gi Ti Pi Ei (powers of 1024), or an exponent such as e3 or E-3. Unlike
// Kubernetes it wants at least one digit, and no exponent beyond 30.
func (q Quantity) Valid() bool {
	_, ok := q.nanos()
	return ok
}

// Sign is -1, 0 or +1, like the amount. An invalid quantity counts as zero.
func (q Quantity) Sign() int {
	n, _ := q.nanos()
	return n.Sign()
}

// Cmp compares the amounts: -1 if q is less than other, 0 if they are equal, as
// 1Gi and 1024Mi are, and +1 if q is more. An invalid quantity counts as zero.
func (q Quantity) Cmp(other Quantity) int {
	a, _ := q.nanos()
	b, _ := other.nanos()
	return a.Cmp(b)
}

// Bytes is the amount as a whole number, away from zero if it has a fraction, as
// Kubernetes rounds it. It is false for an invalid quantity and for one beyond
// the range of an int64.
func (q Quantity) Bytes() (int64, bool) {
	n, ok := q.nanos()
	if !ok {
		return 0, false
	}
	n = shifted(n, -nano)
	return n.Int64(), n.IsInt64()
}

// nanos parses the quantity, exactly but for what is less than a billionth. The
// number is never nil.
func (q Quantity) nanos() (*big.Int, bool) {
	number, suffix := string(q), ""
	if i := strings.IndexAny(number, "numkKMGTPEe"); i >= 0 {
		number, suffix = number[:i], number[i:]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	digits := whole + fraction
	if unsigned := strings.TrimLeft(digits, "+-"); len(digits)-len(unsigned) > 1 || len(unsigned) != count(unsigned) ||
		len(unsigned) == 0 || len(unsigned) > longest || strings.ContainsAny(fraction, "+-") {
		return new(big.Int), false
	}
	base2, base10, ok := power(suffix)
	if !ok {
		return new(big.Int), false
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return new(big.Int), false
	}
	n.Lsh(n, base2)
	n = shifted(n, base10-len(fraction)+nano)
	if base2 > 0 { // Kubernetes caps binary amounts, and these alone
		limit := shifted(big.NewInt(1<<63-1), nano)
		if n.CmpAbs(limit) > 0 {
			if n.Sign() < 0 {
				limit.Neg(limit)
			}
			return limit, true
		}
	}
	return n, true
}

// count is how many bytes of s are decimal digits.
func count(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// power is what a suffix multiplies by: 2^base2 * 10^base10.
func power(suffix string) (base2 uint, base10 int, ok bool) {
	if len(suffix) > 1 && (suffix[0] == 'e' || suffix[0] == 'E') && suffix != "Ei" {
		exponent, err := strconv.Atoi(suffix[1:])
		return 0, exponent, err == nil && exponent >= -maxExponent && exponent <= maxExponent
	}
	switch suffix {
	case "":
		return 0, 0, true
	case "n":
		return 0, -9, true
	case "u":
		return 0, -6, true
	case "m":
		return 0, -3, true
	case "k":
		return 0, 3, true
	}
	unit, binary := strings.CutSuffix(suffix, "i")
	i := strings.Index("KMGTPE", unit) + 1
	switch {
	case len(unit) != 1 || i == 0:
		return 0, 0, false
	case binary:
		return uint(10 * i), 0, true
	default:
		return 0, 3 * i, unit != "K" // a thousand is k
	}
}

// shifted is n * 10^places, away from zero if digits are lost.
func shifted(n *big.Int, places int) *big.Int {
	ten := func(e int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(e)), nil) }
	if places >= 0 {
		return new(big.Int).Mul(n, ten(places))
	}
	quotient, rest := new(big.Int).QuoRem(n, ten(-places), new(big.Int))
	return quotient.Add(quotient, big.NewInt(int64(rest.Sign())))
}
