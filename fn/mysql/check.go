package mysql

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

const (
	// maxName57 is how long the name of a set may be with 5.7: MASTER_HOST and
	// report_host end at 60 characters there, and hold NAME-N.NAME. It leaves
	// three for "-0." and one for a second digit.
	maxName57 = 28
	// maxLine is how long a line of my.cnf may be, in bytes. mysqld reads into a
	// buffer of 4096 and takes the rest for another option (mysys/my_default.cc).
	maxLine = 4000
	// firstSourceNames is the patch of 8.0 whose options say source and replica.
	firstSourceNames = 26
)

// Check finds what is wrong with a set for its version of MySQL. The set has its
// defaults and is structurally valid. If the version is unknown there is one
// problem and no Dialect, since nothing else can be judged.
func Check(set *v1alpha1.MySQLReplicaSet) (Dialect, v1alpha1.Problems) {
	var ps v1alpha1.Problems
	spec := &set.Spec
	d, err := Lookup(spec.Version)
	if err != nil {
		ps.Add("spec.version", err.Error())
		return Dialect{}, ps
	}
	old := d.Series == "5.7"

	if name := set.Metadata.Name; old && len(name) > maxName57 {
		ps.Add("metadata.name", strconv.Quote(name)+" has "+strconv.Itoa(len(name))+" characters; with MySQL 5.7 it may have "+
			strconv.Itoa(maxName57)+", since host names end at 60 there; choose a shorter name or a later version")
	}
	checkImage(d, spec.Image, &ps)

	for _, c := range configs(set) {
		checkOptions(d, set, c, &ps)
	}
	checkInsist(d, set, &ps)

	if old && spec.TLS.SecretName != "" {
		ps.Add("spec.tls.secretName", "is not available with MySQL 5.7, whose data is copied over a port without TLS; remove it, or use 8.0 or later")
	}
	if old && spec.Replication.SemiSync {
		ps.Add("spec.replication.semiSync", "is not available with MySQL 5.7; set it to false, or use 8.0 or later")
	}
	if primary := spec.Replication.Primary; old && primary != nil && *primary != 0 {
		ps.Add("spec.replication.primary", "is "+strconv.Itoa(int(*primary))+", but with MySQL 5.7, which replicates by file and position, the primary stays pod 0; remove it, or use 8.0 or later")
	}
	if old && spec.Replication.Frozen {
		ps.Add("spec.replication.frozen", "is not available with MySQL 5.7; set it to false, or use 8.0 or later")
	}
	if spec.Clone.Image != "" && d.CloneMethod == ClonePlugin {
		ps.Add("spec.clone.image", "is "+strconv.Quote(spec.Clone.Image)+", but MySQL "+d.Version()+
			" clones with its own plugin and uses no second image; remove it")
	}
	if old && spec.Clone.OtherEngines == v1alpha1.Empty {
		ps.Add("spec.clone.otherEngines", "is Empty, but with MySQL 5.7 XtraBackup makes the clones, and copies MyISAM as well; remove it, or use 8.0 or later")
	}
	return d, ps
}

// checkImage finds a tag that contradicts the version.
func checkImage(d Dialect, image string, ps *v1alpha1.Problems) {
	tagged, ok := tagVersion(imageTag(image))
	if !ok {
		return
	}
	version, _ := parseNumbers(d.Version())
	agree := true
	for i := range min(len(tagged), len(version)) {
		agree = agree && tagged[i] == version[i]
	}
	// The version 8.0 has the words of the newest 8.0.
	if d.Version() == "8.0" && len(tagged) == 3 && tagged[2] < firstSourceNames {
		agree = false
	}
	if agree {
		return
	}
	found := join(tagged)
	message := "has MySQL " + found + " by its tag, but spec.version is " + strconv.Quote(d.Version()) + "; "
	if _, err := Lookup(found); err == nil {
		message += "set spec.version to " + strconv.Quote(found) + ", or "
	}
	ps.Add("spec.image", strconv.Quote(image)+" "+message+"choose an image of "+d.Version())
}

// imageTag is the tag of [registry[:port]/]name[:tag][@digest], or "".
func imageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	_, tag, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return tag
}

// tagVersion reads the version that a tag begins with, if it is one of MySQL's
// rather than somebody's build number. 8 and 9 alone are the tags of the
// official image that stand for 8.4 and 9.7.
func tagVersion(tag string) ([]int, bool) {
	v, rest := parseNumbers(tag)
	if rest != "" && !strings.ContainsRune("-_+", rune(rest[0])) || len(v) == 0 {
		return nil, false
	}
	v = v[:min(len(v), 3)]
	if len(v) == 1 {
		switch v[0] {
		case 8:
			return []int{8, 4}, true
		case 9:
			return []int{9, 7}, true
		}
		return nil, false
	}
	switch major, minor := v[0], v[1]; {
	case major == 5:
		return v, minor >= 5 && minor <= 7
	case major == 8 || major == 9:
		return v, true
	default: // YY.M
		return v, major >= 26 && major <= 99 && minor >= 1 && minor <= 12
	}
}

// config is one of the maps of options.
type config struct {
	path    string
	options v1alpha1.Options
}

const common = "spec.config.common"

// configs are all of them, in the order of the spec.
func configs(set *v1alpha1.MySQLReplicaSet) []config {
	c := &set.Spec.Config
	return []config{{common, c.Common}, {"spec.config.primary", c.Primary}, {"spec.config.replica", c.Replica}}
}

func checkOptions(d Dialect, set *v1alpha1.MySQLReplicaSet, c config, ps *v1alpha1.Problems) {
	names := slices.Sorted(maps.Keys(c.options))
	for i, name := range names {
		field := v1alpha1.FieldPath(c.path, name)
		if !checkName(field, name, names[:i], ps) {
			continue
		}
		if message := nameProblem(d, set, name); message != "" {
			ps.Add(field, message)
		} else if c.path != common && slices.Contains(sameOnAll, OptionVariable(name)) {
			ps.Add(field, "must be the same on every pod; move it to "+common)
		} else if message := riskProblem(d, set, name, c.options[name]); message != "" {
			ps.Add(field, message)
		}
		if message := valueProblem(name, c.options[name]); message != "" {
			ps.Add(field, message)
		}
	}
}

// checkName reports whether a name, which comes after others in its map, can be judged.
func checkName(field, name string, others []string, ps *v1alpha1.Problems) bool {
	if !validName(name) {
		ps.Add(field, strconv.Quote(name)+" is no name of an option; allowed are a lower-case letter and then lower-case letters, digits, _, - and .")
		return false
	}
	for _, other := range others {
		if CanonicalOption(other) == CanonicalOption(name) {
			ps.Add(field, "is the same option as "+other+"; keep one of them")
			break
		}
	}
	return true
}

// validName reports whether mysqld can read a name as it stands.
func validName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return name != ""
}

// nameProblem says why an option may not be set, or nothing. The server only
// warns about a loose_ option that it does not know, so that is no problem here.
func nameProblem(d Dialect, set *v1alpha1.MySQLReplicaSet, name string) string {
	loose := strings.HasPrefix(strings.ReplaceAll(name, "-", "_"), "loose_")
	if c, ok := findChange(removed, name); ok && !loose && d.AtLeast(c.version) {
		when := "in"
		if strings.Count(c.version, ".") == 1 {
			when = "by"
		}
		return "was removed " + when + " MySQL " + c.version + ", and spec.version is " +
			strconv.Quote(d.Version()) + "; " + use(c.instead)
	}
	if o, ok := ownedOption(d, set, name); ok {
		instead := o.instead
		if instead == "" {
			instead = "remove it"
		}
		return "is the set's own: " + o.reason + "; " + instead
	}
	if long, ok := shortFor(d, set, name); ok {
		return "may be short for " + long + ", which is not free to set; write options out"
	}
	if c, ok := findChange(added, name); ok && !loose && !d.AtLeast(c.version) {
		return "came with MySQL " + c.version + ", and spec.version is " + strconv.Quote(d.Version()) + "; " + use(c.instead)
	}
	return ""
}

func use(instead string) string {
	if instead == "" {
		return "remove it"
	}
	return "use " + instead
}

// valueProblem says why a value cannot stand in one line of my.cnf, or nothing.
func valueProblem(name string, value *string) string {
	if value == nil {
		return ""
	}
	if !utf8.ValidString(*value) {
		return "is not valid UTF-8; allowed are printable characters on one line"
	}
	for _, r := range *value {
		if unicode.IsControl(r) {
			return "contains the control character " + strconv.QuoteRuneToASCII(r) + "; allowed are printable characters on one line"
		}
	}
	if n := len(FormatOption(name, value)); n > maxLine {
		return "makes a line of " + strconv.Itoa(n) + " bytes in my.cnf; mysqld reads at most " + strconv.Itoa(maxLine) +
			" as one option; shorten it"
	}
	return ""
}
