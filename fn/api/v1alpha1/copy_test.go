package v1alpha1

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Every field is filled by reflection, so that a new one cannot be forgotten.
func TestDeepCopySharesNothing(t *testing.T) {
	set := new(MySQLReplicaSet)
	fillValue(t, reflect.ValueOf(set).Elem())
	c := set.DeepCopy()
	assert.Equal(t, set, c)
	sharesNothing(t, "set", reflect.ValueOf(set).Elem(), reflect.ValueOf(c).Elem())
	assert.Equal(t, new(MySQLReplicaSet), new(MySQLReplicaSet).DeepCopy(), "what is not there stays so")
}

func fillValue(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(t, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(t, v.Elem())
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillValue(t, key)
		fillValue(t, value)
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("a")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32:
		v.SetInt(1)
	default:
		t.Fatalf("DeepCopy may not know %s", v.Type())
	}
}

func sharesNothing(t *testing.T, path string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			sharesNothing(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	case reflect.Pointer:
		assert.NotEqual(t, a.Pointer(), b.Pointer(), path)
	case reflect.Map:
		assert.NotEqual(t, a.Pointer(), b.Pointer(), path)
		for _, key := range a.MapKeys() {
			sharesNothing(t, path+"["+key.String()+"]", a.MapIndex(key), b.MapIndex(key))
		}
	}
}
