import com.google.gson.GsonBuilder;
import io.kubernetes.client.openapi.apis.AuthenticationV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1SelfSubjectReview;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says who it is with the kubeconfig in KUBECONFIG, or with those that are its arguments, and what it can see. */
public class WhoAmI {
  public static void main(String[] arguments) throws Exception {
    var files = arguments.length == 0 ? List.of(System.getenv("KUBECONFIG")) : List.of(arguments);
    for (var file : files) tell(file);
    System.exit(0);
  }

  private static void tell(String file) throws Exception {
    KubeConfig config;
    try (var reader = Files.newBufferedReader(Path.of(file))) {
      config = KubeConfig.loadKubeConfig(reader);
    }
    var client = ClientBuilder.kubeconfig(config).build();
    var review = new AuthenticationV1Api(client).createSelfSubjectReview(new V1SelfSubjectReview()).execute();
    var namespaces = new CoreV1Api(client).listNamespace().execute();
    var current = contextOf(config);
    var told = new LinkedHashMap<String, Object>();
    told.put("context", config.getCurrentContext());
    told.put("cluster", current.get("cluster"));
    told.put("user", current.get("user"));
    told.put("namespace", config.getNamespace() == null ? "" : config.getNamespace());
    told.put("username", review.getStatus().getUserInfo().getUsername());
    told.put("namespaces", namespaces.getItems().size());
    System.out.println(new GsonBuilder().disableHtmlEscaping().create().toJson(told));
  }

  private static Map<?, ?> contextOf(KubeConfig config) {
    for (Object entry : config.getContexts()) {
      var context = (Map<?, ?>) entry;
      if (config.getCurrentContext().equals(context.get("name"))) return (Map<?, ?>) context.get("context");
    }
    throw new IllegalStateException("there is no current context");
  }
}
