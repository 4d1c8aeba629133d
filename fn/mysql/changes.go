package mysql

// change is an option that came or went. A version of three parts is the release
// that the manual names; of two parts, the first series that is known to have
// it, or to lack it.
type change struct {
	name    string
	version string
	instead string
}

// removed, relative to 5.7. Sources:
//
//	8.0   refman 8.0, added-deprecated-removed, as also in MySQL Shell's
//	      upgrade checker (removedSysVars); 5.7.18 and 8.0.41, mysqld --help
//	8.2+  dev.mysql.com/doc/mysqld-version-reference, optvar-changes-8-2, -8-3,
//	      -8-4, -9-0; docs.percona.com, 8.4 removed items
//	9.7   mysqld 9.7.4 itself, which refuses every name in this table
//
// innodb_api_* are not here: optvar-changes-8-3 calls them removed, and 9.7.4
// takes them. The same with most slave_* names: deprecated, taken by 9.7.4.
var removed = []change{
	{name: "bootstrap", version: "8.0.0"},
	{name: "date_format", version: "8.0.3"},
	{name: "datetime_format", version: "8.0.3"},
	{name: "time_format", version: "8.0.3"},
	{name: "des_key_file", version: "8.0.3"},
	{name: "disable_partition_engine_check", version: "8.0"},
	{name: "group_replication_allow_local_disjoint_gtids_join", version: "8.0.4"},
	{name: "ignore_builtin_innodb", version: "8.0.3"},
	{name: "ignore_db_dirs", version: "8.0.0"},
	{name: "innodb_checksums", version: "8.0.0", instead: "innodb_checksum_algorithm"},
	{name: "innodb_file_format", version: "8.0.0"},
	{name: "innodb_file_format_check", version: "8.0.0"},
	{name: "innodb_file_format_max", version: "8.0.0"},
	{name: "innodb_large_prefix", version: "8.0.0"},
	{name: "innodb_locks_unsafe_for_binlog", version: "8.0.0", instead: "transaction_isolation=READ-COMMITTED"},
	{name: "innodb_stats_sample_pages", version: "8.0.0", instead: "innodb_stats_transient_sample_pages"},
	{name: "innodb_support_xa", version: "8.0.0"},
	{name: "innodb_undo_logs", version: "8.0.2", instead: "innodb_rollback_segments"},
	{name: "internal_tmp_disk_storage_engine", version: "8.0.16"},
	{name: "log_builtin_as_identified_by_password", version: "8.0.11"},
	{name: "log_syslog", version: "8.0.13", instead: "log_error_services"},
	{name: "log_syslog_facility", version: "8.0.13"},
	{name: "log_syslog_include_pid", version: "8.0.13"},
	{name: "log_syslog_tag", version: "8.0.13"},
	{name: "log_warnings", version: "8.0.3", instead: "log_error_verbosity"},
	{name: "max_tmp_tables", version: "8.0.3"},
	{name: "metadata_locks_cache_size", version: "8.0.13"},
	{name: "metadata_locks_hash_instances", version: "8.0.13"},
	{name: "multi_range_count", version: "8.0.3"},
	{name: "myisam_repair_threads", version: "8.0.30"},
	{name: "old_passwords", version: "8.0.11"},
	{name: "partition", version: "8.0.0"},
	{name: "query_cache_limit", version: "8.0.3"},
	{name: "query_cache_min_res_unit", version: "8.0.3"},
	{name: "query_cache_size", version: "8.0.3"},
	{name: "query_cache_type", version: "8.0.3"},
	{name: "query_cache_wlock_invalidate", version: "8.0.3"},
	{name: "secure_auth", version: "8.0.3"},
	{name: "show_compatibility_56", version: "8.0.1"},
	{name: "sync_frm", version: "8.0.0"},
	{name: "temp_pool", version: "8.0.1"},
	{name: "tx_isolation", version: "8.0.3", instead: "transaction_isolation"},
	{name: "tx_read_only", version: "8.0.3", instead: "transaction_read_only"},

	{name: "abort_slave_event_count", version: "8.2.0"},
	{name: "disconnect_slave_event_count", version: "8.2.0"},
	{name: "expire_logs_days", version: "8.2.0", instead: "binlog_expire_logs_seconds"},

	{name: "character_set_client_handshake", version: "8.3.0"},
	{name: "daemon_memcached_enable_binlog", version: "8.3.0"},
	{name: "daemon_memcached_engine_lib_name", version: "8.3.0"},
	{name: "daemon_memcached_engine_lib_path", version: "8.3.0"},
	{name: "daemon_memcached_option", version: "8.3.0"},
	{name: "daemon_memcached_r_batch_size", version: "8.3.0"},
	{name: "daemon_memcached_w_batch_size", version: "8.3.0"},
	{name: "group_replication_ip_whitelist", version: "8.3.0", instead: "group_replication_ip_allowlist"},
	{name: "group_replication_primary_member", version: "8.3.0"},
	{name: "innodb", version: "8.3.0"},
	{name: "log_bin_use_v1_row_events", version: "8.3.0"},
	{name: "master_info_file", version: "8.3.0"},
	{name: "master_info_repository", version: "8.3.0"},
	{name: "relay_log_info_file", version: "8.3.0"},
	{name: "relay_log_info_repository", version: "8.3.0"},
	{name: "skip_host_cache", version: "8.3.0", instead: "host_cache_size=0"},
	{name: "slave_rows_search_algorithms", version: "8.3.0"},
	{name: "transaction_write_set_extraction", version: "8.3.0"},

	{name: "admin_ssl", version: "8.4.0", instead: "admin_tls_version"},
	{name: "authentication_fido_rp_id", version: "8.4.0", instead: "authentication_webauthn_rp_id"},
	{name: "avoid_temporal_upgrade", version: "8.4.0"},
	{name: "binlog_transaction_dependency_tracking", version: "8.4.0"}, // always WRITESET
	{name: "default_authentication_plugin", version: "8.4.0", instead: "authentication_policy"},
	{name: "group_replication_recovery_complete_at", version: "8.4.0"},
	{name: "keyring_encrypted_file_data", version: "8.4.0"},
	{name: "keyring_encrypted_file_password", version: "8.4.0"},
	{name: "new", version: "8.4"},
	{name: "no_dd_upgrade", version: "8.4", instead: "upgrade=NONE"},
	{name: "old", version: "8.4"},
	{name: "old_style_user_limits", version: "8.4"},
	{name: "show_old_temporals", version: "8.4"},
	{name: "ssl", version: "8.4", instead: "tls_version"},

	{name: "mysql_native_password", version: "9.0.0", instead: "caching_sha2_password, for every account"},
	{name: "mysql_native_password_proxy_users", version: "9.0.0"},
	{name: "group_replication_allow_local_lower_version_join", version: "9.5.0"},
	// refman 9.5, replication-semisync-installation: the old plugins are gone.
	{name: "rpl_semi_sync_master_timeout", version: "9.5", instead: "rpl_semi_sync_source_timeout"},
	{name: "rpl_semi_sync_master_trace_level", version: "9.5", instead: "rpl_semi_sync_source_trace_level"},
	{name: "rpl_semi_sync_master_wait_for_slave_count", version: "9.5", instead: "rpl_semi_sync_source_wait_for_replica_count"},
	{name: "rpl_semi_sync_master_wait_no_slave", version: "9.5", instead: "rpl_semi_sync_source_wait_no_replica"},
	{name: "rpl_semi_sync_master_wait_point", version: "9.5", instead: "rpl_semi_sync_source_wait_point"},
	{name: "rpl_semi_sync_slave_trace_level", version: "9.5", instead: "rpl_semi_sync_replica_trace_level"},

	{name: "innodb_log_file_size", version: "9.7", instead: "innodb_redo_log_capacity"},
	{name: "innodb_log_files_in_group", version: "9.7", instead: "innodb_redo_log_capacity"},
	{name: "innodb_undo_tablespaces", version: "9.7", instead: "CREATE UNDO TABLESPACE"},
	{name: "language", version: "9.7", instead: "lc_messages"},
	{name: "replica_parallel_type", version: "9.7"}, // always LOGICAL_CLOCK
	{name: "slave_parallel_type", version: "9.7"},
	{name: "temptable_use_mmap", version: "9.7", instead: "temptable_max_mmap=0"},
}

// added are options that users are likely to copy into a version that lacks
// them. Sources as for removed; of two parts: not in mysqld --help of 5.7.18,
// but in that of 8.0.41. The names with source and replica: WL#14194.
var added = []change{
	{name: "activate_all_roles_on_login", version: "8.0.2"},
	{name: "admin_address", version: "8.0.14"},
	{name: "admin_port", version: "8.0.14"},
	{name: "authentication_policy", version: "8.0.27", instead: "default_authentication_plugin"},
	{name: "binlog_expire_logs_auto_purge", version: "8.0.29"},
	{name: "binlog_expire_logs_seconds", version: "8.0", instead: "expire_logs_days"},
	{name: "binlog_row_metadata", version: "8.0"},
	{name: "binlog_transaction_compression", version: "8.0"},
	{name: "caching_sha2_password_digest_rounds", version: "8.0"},
	{name: "connection_memory_limit", version: "8.0.28"},
	{name: "create_admin_listener_thread", version: "8.0"},
	{name: "cte_max_recursion_depth", version: "8.0"},
	{name: "default_table_encryption", version: "8.0"},
	{name: "explain_format", version: "8.0.32"},
	{name: "explain_json_format_version", version: "8.3.0"},
	{name: "global_connection_memory_limit", version: "8.0.28"},
	{name: "global_connection_memory_tracking", version: "8.0.28"},
	{name: "information_schema_stats_expiry", version: "8.0"},
	{name: "init_replica", version: "8.0.26", instead: "init_slave"},
	{name: "innodb_ddl_buffer_size", version: "8.0.27"},
	{name: "innodb_ddl_threads", version: "8.0.27"},
	{name: "innodb_dedicated_server", version: "8.0"},
	{name: "innodb_redo_log_capacity", version: "8.0.30", instead: "innodb_log_file_size and innodb_log_files_in_group"},
	{name: "internal_tmp_mem_storage_engine", version: "8.0"},
	{name: "log_error_services", version: "8.0"},
	{name: "log_slow_extra", version: "8.0"},
	{name: "log_slow_replica_statements", version: "8.0.26", instead: "log_slow_slave_statements"},
	{name: "mandatory_roles", version: "8.0"},
	{name: "mysql_native_password", version: "8.4.0"},
	{name: "mysqlx", version: "8.0"}, // 5.7.12 has it, but as a plugin that is not loaded
	{name: "partial_revokes", version: "8.0"},
	{name: "password_history", version: "8.0"},
	{name: "password_reuse_interval", version: "8.0"},
	{name: "replica_allow_batching", version: "8.0.26", instead: "slave_allow_batching"},
	{name: "replica_allow_higher_version_source", version: "9.7.0"},
	{name: "replica_checkpoint_group", version: "8.0.26", instead: "slave_checkpoint_group"},
	{name: "replica_checkpoint_period", version: "8.0.26", instead: "slave_checkpoint_period"},
	{name: "replica_compressed_protocol", version: "8.0.26", instead: "slave_compressed_protocol"},
	{name: "replica_exec_mode", version: "8.0.26", instead: "slave_exec_mode"},
	{name: "replica_load_tmpdir", version: "8.0.26", instead: "slave_load_tmpdir"},
	{name: "replica_max_allowed_packet", version: "8.0.26", instead: "slave_max_allowed_packet"},
	{name: "replica_net_timeout", version: "8.0.26", instead: "slave_net_timeout"},
	{name: "replica_parallel_type", version: "8.0.26", instead: "slave_parallel_type"},
	{name: "replica_parallel_workers", version: "8.0.26", instead: "slave_parallel_workers"},
	{name: "replica_pending_jobs_size_max", version: "8.0.26", instead: "slave_pending_jobs_size_max"},
	{name: "replica_preserve_commit_order", version: "8.0.26", instead: "slave_preserve_commit_order"},
	{name: "replica_skip_errors", version: "8.0.26", instead: "slave_skip_errors"},
	{name: "replica_sql_verify_checksum", version: "8.0.26", instead: "slave_sql_verify_checksum"},
	{name: "replica_transaction_retries", version: "8.0.26", instead: "slave_transaction_retries"},
	{name: "replica_type_conversions", version: "8.0.26", instead: "slave_type_conversions"},
	{name: "restrict_fk_on_non_standard_key", version: "8.4.0"},
	{name: "rpl_semi_sync_replica_trace_level", version: "8.0.26", instead: "rpl_semi_sync_slave_trace_level"},
	{name: "rpl_semi_sync_source_timeout", version: "8.0.26", instead: "rpl_semi_sync_master_timeout"},
	{name: "rpl_semi_sync_source_trace_level", version: "8.0.26", instead: "rpl_semi_sync_master_trace_level"},
	{name: "rpl_semi_sync_source_wait_for_replica_count", version: "8.0.26", instead: "rpl_semi_sync_master_wait_for_slave_count"},
	{name: "rpl_semi_sync_source_wait_no_replica", version: "8.0.26", instead: "rpl_semi_sync_master_wait_no_slave"},
	{name: "rpl_semi_sync_source_wait_point", version: "8.0.26", instead: "rpl_semi_sync_master_wait_point"},
	{name: "rpl_stop_replica_timeout", version: "8.0.26", instead: "rpl_stop_slave_timeout"},
	{name: "set_operations_buffer_size", version: "8.2.0"},
	{name: "source_verify_checksum", version: "8.0.26", instead: "master_verify_checksum"},
	{name: "sql_generate_invisible_primary_key", version: "8.0.30"},
	{name: "sql_require_primary_key", version: "8.0"},
	{name: "sync_source_info", version: "8.0.26", instead: "sync_master_info"},
	{name: "temptable_max_mmap", version: "8.0"},
	{name: "temptable_max_ram", version: "8.0"},
	{name: "tls_ciphersuites", version: "8.0"},
}

// Removed are the names of the options that no version of a series has any more, and
// that an earlier series has.
func Removed(seriesName string) []string {
	var names []string
	for _, c := range removed {
		for _, s := range table { // the oldest first
			if oldest := (Dialect{Series: s.name, Patch: s.minPatch}); oldest.AtLeast(c.version) {
				if s.name == seriesName {
					names = append(names, c.name)
				}
				break
			}
		}
	}
	return names
}

// findChange looks an option up by its spelling without loose_, then by the
// variable behind it: skip_host_cache is an option, skip_partition is partition.
func findChange(changes []change, name string) (change, bool) {
	for _, key := range [...]string{CanonicalOption(name), OptionVariable(name)} {
		for _, c := range changes {
			if c.name == key {
				return c, true
			}
		}
	}
	return change{}, false
}
