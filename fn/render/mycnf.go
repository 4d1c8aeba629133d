package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
	"mysqlreplicaset.dev/fn/mysql"
)

// myCnf is the option file of a role, whole: mysqld does not promise an order in
// which it reads the files of a directory, so nothing may depend on one.
func (s *set) myCnf(role mysql.Role) string {
	given := s.givenOptions(role)
	var b strings.Builder
	b.WriteString("# Apply this config only on the primary.\n")
	if role == mysql.Replica {
		b.Reset()
		b.WriteString("# Apply this config only on replicas.\n")
	}
	b.WriteString("[mysqld]\n")
	for _, option := range s.ownOptions(role) {
		if _, ok := given[mysql.CanonicalOption(option.Name)]; !ok || mysql.Repeatable(option.Name) {
			b.WriteString("# " + option.Reason + "\n" + mysql.FormatOption(option.Name, option.Value) + "\n")
		}
	}
	if len(given) > 0 {
		b.WriteString("# from spec.config\n")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		b.WriteString(mysql.FormatOption(given[name].Name, given[name].Value) + "\n")
	}
	return b.String()
}

// givenOptions are those of spec.config for a role, by canonical name; the role's
// win over the common ones.
func (s *set) givenOptions(role mysql.Role) map[string]mysql.Option {
	byRole := map[mysql.Role]v1alpha1.Options{mysql.Primary: s.Spec.Config.Primary, mysql.Replica: s.Spec.Config.Replica}
	given := map[string]mysql.Option{}
	for _, options := range []v1alpha1.Options{s.Spec.Config.Common, byRole[role]} {
		for name, value := range options {
			given[mysql.CanonicalOption(name)] = mysql.Option{Name: name, Value: value}
		}
	}
	return given
}

// ownOptions are the set's, in the order in which they are written.
func (s *set) ownOptions(role mysql.Role) []mysql.Option {
	options := s.dialect.Defaults(role)
	if s.Spec.Replication.SemiSync {
		options = append(options, s.dialect.SemiSync(role)...)
	} else {
		options = append(options, mysql.Asynchronous()...)
	}
	if s.Spec.TLS.SecretName != "" {
		options = append(options, mysql.TLS(tlsDirectory)...)
	}
	if pool, ok := bufferPool(s.Spec.Resources); ok {
		options = append(options, mysql.Option{
			Name: "innodb_buffer_pool_size", Value: &pool,
			Reason: "70 % of what the memory limit leaves above 512Mi, in steps of 128Mi",
		})
	}
	return options
}

// bufferPool sizes InnoDB's buffer pool for the container's memory limit, if it
// has one. The server needs about 400 MiB besides for its dictionary, its
// performance schema and its first connections, and more for each connection, so
// 512 MiB and 30 % of the rest stay out of the pool. MySQL rounds the size up to
// its chunks of 128 MiB; so it is rounded down to them here.
func bufferPool(resources v1alpha1.Resources) (string, bool) {
	limit, ok := resources.Limits["memory"]
	if !ok {
		return "", false
	}
	bytes, ok := limit.Bytes()
	if !ok {
		return "", false
	}
	const mebibyte, chunk = 1 << 20, 128 << 20
	pool := max((bytes-512*mebibyte)/10*7/chunk*chunk, chunk)
	return strconv.FormatInt(pool/mebibyte, 10) + "M", true
}
