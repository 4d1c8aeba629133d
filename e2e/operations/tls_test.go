package operations

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/e2e/harness"
)

// certificates writes a CA, and a server's certificate of it for these names, as the
// files of a kubernetes.io/tls Secret with ca.crt.
func certificates(t *testing.T, names ...string) (directory string) {
	t.Helper()
	directory = t.TempDir()
	write := func(name, kind string, der []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(directory, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		return k
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "e2e"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey := key()
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	require.NoError(t, err)
	write("ca.crt", "CERTIFICATE", der)
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
	}
	serverKey := key()
	der, err = x509.CreateCertificate(rand.Reader, server, ca, &serverKey.PublicKey, caKey)
	require.NoError(t, err)
	write("tls.crt", "CERTIFICATE", der)
	der, err = x509.MarshalPKCS8PrivateKey(serverKey)
	require.NoError(t, err)
	write("tls.key", "PRIVATE KEY", der)
	return directory
}

// TestTLS: with certificates of one's own, clones and replication verify whom they talk
// to, and a client without TLS can be refused.
func TestTLS(t *testing.T) {
	t.Parallel()
	const spec = "{tls: {secretName: mysql-tls}, config: {common: {require_secure_transport: 'ON'}}}"
	namespace := harness.NewNamespace(t, harness.Restricted...)
	secret := func(files string) {
		namespace.Kubectl(t, "create", "secret", "generic", "mysql-tls", "--type=kubernetes.io/tls",
			"--from-file="+files+"/ca.crt", "--from-file="+files+"/tls.crt", "--from-file="+files+"/tls.key")
	}
	secret(certificates(t, "mysql-0.mysql", "mysql-1.mysql", "mysql-2.mysql", "mysql-read", "mysql-primary"))
	set := harness.Up(t, harness.ClonePlugin, namespace, render(t, spec))
	set.StartWriter(t).Stop(t)
	set.CheckData(t)
	set.CheckSources(t)
	for ordinal := 1; ordinal < 3; ordinal++ {
		status := set.ReplicaStatus(t, ordinal)
		assert.Equal(t, "Yes", status["Source_SSL_Verify_Server_Cert"])
		assert.Equal(t, "/etc/mysql/tls/ca.crt", status["Source_SSL_CA_File"])
	}
	_, err := set.TryQuery(set.Writes(), "SELECT 1", "--ssl-mode=DISABLED")
	require.ErrorContains(t, err, "ERROR 3159", "a client without TLS")

	// A new pod that trusts another CA clones from none of the others.
	namespace.Kubectl(t, "delete", "secret", "mysql-tls")
	secret(certificates(t, "mysql-2.mysql"))
	set.LoseVolume(t, 2)
	harness.Wait(t, "the refusal of "+set.Pod(2), func() (string, bool) {
		log, _ := namespace.Try("", "logs", set.Pod(2), "--container=clone-mysql")
		return "no refusal yet", strings.Contains(log, "is not cloned: does not answer: ERROR 2026 (HY000): SSL connection error")
	})
}
