import { route, toProducts } from "../routes.ts";
import { person } from "../session.ts";
import { Header } from "./Header.tsx";
import { Notices } from "./Notices.tsx";
import { ProductView } from "./ProductView.tsx";
import { ProductsView } from "./ProductsView.tsx";
import { SignIn } from "./SignIn.tsx";
import { Trouble } from "./Trouble.tsx";

export const App = () => (
  <>
    <Trouble />
    {person.value === undefined ? <SignIn /> : <SignedIn />}
    <Notices />
  </>
);

const SignedIn = () => (
  <>
    <Header />
    <main>
      <Here />
    </main>
  </>
);

function Here() {
  const { value } = route;
  switch (value.at) {
    case "products":
      return <ProductsView />;
    case "product":
      return <ProductView key={value.id} id={value.id} />;
    case "nowhere":
      return (
        <div class="empty">
          <h1>There is nothing here</h1>
          <p>
            The address may be incomplete. <a href={toProducts}>Go to your products.</a>
          </p>
        </div>
      );
  }
}
